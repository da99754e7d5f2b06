// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/orthanc_client.h"

#include <algorithm>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/job.h"
#include "orthanc-client/orthanc_json.h"
#include "orthanc-client/unnamed_file.h"

namespace radfm::orthanc {
namespace {

HttpRequest get(std::string path, std::uint64_t answer_bytes_max) {
  return {.method = "GET",
          .path = std::move(path),
          .body = "",
          .content_type = "",
          .answer_bytes_max = answer_bytes_max};
}

// What goes into a path of Orthanc's REST: five groups of eight hexadecimal digits, never a peer's text.
Status check_id(const std::string& id) {
  if (is_orthanc_id(id)) return {};
  return permanent_error("orthanc_id_malformed", "an Orthanc identifier is not of the form 8-8-8-8-8 hexadecimal digits");
}

}  // namespace

Error as_orthanc_error(const Error& error) {
  // A file of ours that is missing is no fault of the job either: Orthanc cannot be reached until it is there again.
  if (error.code == "tls_not_usable") return transient_error("orthanc_unreachable", error.message);
  Error out = error;
  if (out.code.starts_with("http_")) out.code.replace(0, 5, "orthanc_");
  return out;
}

Error answer_error(unsigned status, const std::string& path, const std::string& missing) {
  if (status == 404) return permanent_error(missing, "Orthanc has no " + path + " (any more)");
  const std::string what = "Orthanc answered " + std::to_string(status) + " to " + path;
  if (status == 401 || status == 403) {
    return transient_error("orthanc_unauthorized", what + "; correct orthanc.username and orthanc.password");
  }
  return transient_error("orthanc_error", what + "; its log says why");
}

bool orthanc_is_away(const Error& error) {
  return error.code == "orthanc_unreachable" || error.code == "orthanc_unauthorized";
}

Result<HttpEndpoint> orthanc_endpoint(const OrthancSettings& settings) {
  Result<HttpEndpoint> endpoint = parse_web_url(settings.url, "Orthanc", "orthanc");
  if (endpoint && endpoint->tls) endpoint->tls->trusted_certificates_file = settings.trusted_certificates_file.string();
  return endpoint;
}

Result<std::unique_ptr<OrthancClient>> OrthancClient::make(const OrthancSettings& settings,
                                                           std::filesystem::path work_directory, int wake_fd) {
  Result<HttpEndpoint> endpoint = orthanc_endpoint(settings);
  if (!endpoint) return endpoint.error();
  HttpClient http(std::move(endpoint).value(), settings.username, settings.password, settings.timeout_ms, wake_fd);
  return std::unique_ptr<OrthancClient>(new OrthancClient(std::move(http), std::move(work_directory)));
}

Result<std::string> OrthancClient::text(const HttpRequest& request, const std::string& missing) {
  std::string body;
  Result<unsigned> status = http_.exchange(request, [&](std::string_view piece) {
    body += piece;
    return Status();
  });
  if (!status) return as_orthanc_error(status.error());
  if (*status / 100 != 2) return answer_error(*status, request.path, missing);
  return body;
}

Status OrthancClient::system() {
  Result<std::string> answer =
      text(get("/system", orthanc_small_answer_bytes_max), "orthanc_error");
  return answer ? Status() : answer.error();
}

Result<StudyIndex> OrthancClient::study_index(const std::string& id) {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<std::string> study =
      text(get("/studies/" + id, orthanc_json_bytes_max), "study_gone");
  if (!study) return study.error();
  Result<std::string> series =
      text(get("/studies/" + id + "/series", orthanc_json_bytes_max), "study_gone");
  if (!series) return series.error();
  Result<std::string> instances = text({.method = "POST",
                                        .path = "/tools/bulk-content",
                                        .body = bulk_content_request(id),
                                        .content_type = "application/json",
                                        .answer_bytes_max = orthanc_json_bytes_max},
                                       "study_gone");
  if (!instances) return instances.error();
  return parse_study_index(*study, *series, *instances);
}

Result<std::vector<std::string>> OrthancClient::look_up(const std::string& uid, const std::string& level) {
  Result<std::string> found = text({.method = "POST",
                                    .path = "/tools/lookup",
                                    .body = uid,
                                    .content_type = "text/plain",
                                    .answer_bytes_max = orthanc_small_answer_bytes_max},
                                   "orthanc_error");
  if (!found) return found.error();
  return parse_lookup(*found, level);
}

Result<std::optional<std::string>> OrthancClient::find_study(const std::string& study_instance_uid) {
  Result<std::vector<std::string>> found = look_up(study_instance_uid, "Study");
  if (!found) return found.error();
  if (found->empty()) return std::optional<std::string>();
  if (found->size() > 1) {
    return permanent_error("study_ambiguous", "Orthanc holds this Study Instance UID under " +
                                                  std::to_string(found->size()) +
                                                  " patients; correct the patient IDs, then retry the job");
  }
  return std::optional<std::string>(found->front());
}

Result<std::vector<PatientStudy>> OrthancClient::patient_studies(const std::string& id) {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<std::string> answer =
      text(get("/patients/" + id + "/studies", orthanc_json_bytes_max), "study_gone");
  if (!answer) return answer.error();
  return parse_patient_studies(*answer);
}

Result<process::FileDescriptor> OrthancClient::fetch_file(HttpClient& http, const std::string& id) const {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<process::FileDescriptor> file = open_unnamed_file(work_directory_);
  if (!file) return file;
  Result<unsigned> status =
      http.exchange(get("/instances/" + id + "/file", instance_bytes_max),
                    [&](std::string_view piece) { return append(file->get(), piece); });
  if (!status) return as_orthanc_error(status.error());
  // The study changes under the job: at the next attempt its index says what became of it.
  if (*status == 404) return transient_error("instance_gone", "an instance of the study was deleted from Orthanc meanwhile");
  if (*status / 100 != 2) return answer_error(*status, "/instances/" + id + "/file", "instance_gone");
  return file;
}

namespace {

// Files that several connections fetch, each taking the next one; the first error ends it for all.
class SharedFetch {
 public:
  explicit SharedFetch(std::size_t files) : files_(files) {}
  std::optional<std::size_t> next() {
    const std::lock_guard lock(mutex_);
    if (error_ || begun_ == files_.size()) return std::nullopt;
    return begun_++;
  }
  std::size_t take(std::size_t i, Result<process::FileDescriptor> file) {
    const std::lock_guard lock(mutex_);
    if (!file) {
      if (!error_) error_ = file.error();
      return fetched_;
    }
    files_[i] = std::move(*file);
    return ++fetched_;
  }
  Result<std::vector<process::FileDescriptor>> all() && {
    if (error_) return *error_;
    return std::move(files_);
  }

 private:
  std::mutex mutex_;
  std::vector<process::FileDescriptor> files_;
  std::size_t begun_ = 0, fetched_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<std::vector<process::FileDescriptor>> OrthancClient::fetch_files(const std::vector<std::string>& ids,
                                                                        const FetchedCount& progress) {
  SharedFetch fetch(ids.size());
  const auto work = [&](HttpClient& http, const FetchedCount& tell) {
    while (const std::optional<std::size_t> i = fetch.next()) {
      const std::size_t fetched = fetch.take(*i, fetch_file(http, ids[*i]));
      if (tell) tell(fetched);
    }
  };
  const std::size_t others = std::min(ids.size(), fetch_connections) - (ids.empty() ? 0 : 1);
  while (more_.size() < others) more_.push_back(http_.another());
  std::vector<std::thread> threads;
  try {
    for (std::size_t i = 0; i < others; ++i) threads.emplace_back(work, std::ref(more_[i]), nullptr);
  } catch (const std::system_error&) {  // no memory for another thread: those that there are do the work
  }
  work(http_, progress);
  for (std::thread& thread : threads) thread.join();
  return std::move(fetch).all();
}

Result<Orthanc::Stored> OrthancClient::store_instance(const std::vector<std::uint8_t>& dicom) {
  std::string body;
  Result<unsigned> status = http_.exchange({.method = "POST",
                                            .path = "/instances",
                                            .body = std::string(dicom.begin(), dicom.end()),
                                            .content_type = "application/dicom",
                                            .answer_bytes_max = orthanc_small_answer_bytes_max},
                                           [&](std::string_view piece) {
                                             body += piece;
                                             return Status();
                                           });
  if (!status) return as_orthanc_error(status.error());
  if (*status == 400 || *status == 415) {
    return permanent_error("orthanc_refused_object",
                           "Orthanc answered " + std::to_string(*status) + " to the draft report; its log says why");
  }
  if (*status / 100 != 2) return answer_error(*status, "/instances", "orthanc_error");
  return parse_stored(body);
}

Result<std::optional<std::string>> OrthancClient::find_instance(const std::string& sop_instance_uid) {
  Result<std::vector<std::string>> found = look_up(sop_instance_uid, "Instance");
  if (!found) return found.error();
  if (found->empty()) return std::optional<std::string>();
  return std::optional<std::string>(found->front());
}

Result<std::vector<std::uint8_t>> OrthancClient::read_instance(const std::string& id) {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<std::string> file =
      text(get("/instances/" + id + "/file", result_bytes_max), "instance_gone");
  if (!file) return file.error();
  return std::vector<std::uint8_t>(file->begin(), file->end());
}

Result<std::string> OrthancClient::read_mark(const std::string& id) {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<std::string> mark =
      text(get("/studies/" + id + "/metadata/" + std::to_string(orthanc_metadata_number), orthanc_small_answer_bytes_max),
           "no_mark");
  if (!mark && mark.error().code == "no_mark") return std::string();
  return mark;
}

Status OrthancClient::put_mark(const std::string& id, const std::string& mark) {
  if (Status valid = check_id(id); !valid) return valid.error();
  Result<std::string> answer =
      text({.method = "PUT",
            .path = "/studies/" + id + "/metadata/" + std::to_string(orthanc_metadata_number),
            .body = mark,
            .content_type = "text/plain",
            .answer_bytes_max = orthanc_small_answer_bytes_max},
           "study_gone");
  return answer ? Status() : answer.error();
}

}  // namespace radfm::orthanc
