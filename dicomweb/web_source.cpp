// SPDX-License-Identifier: Apache-2.0
#include "dicomweb/web_source.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <optional>

#include "core/uid.h"
#include "dicomweb/incoming_file.h"
#include "dicomweb/multipart_reader.h"
#include "dicomweb/search_answer.h"
#include "dicomweb/web_requests.h"

namespace radfm::dicomweb {
namespace {

using Clock = std::chrono::steady_clock;

bool is_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

Status judge(unsigned status, const std::string& who) {
  if (status / 100 == 2) return {};
  const std::string answer = who + " answers with HTTP status " + std::to_string(status);
  if (status == 401 || status == 403)
    return permanent_error("web_not_authorized",
                           answer + ": check the user and the password, and what the user may do");
  if (status == 429 || (status / 100 == 5 && status != 501))  // 501: it will never take it
    return transient_error("peer_busy", answer + ": it is asked again later");
  return permanent_error("peer_refused_query", answer + ": it does not take this request; see its log");
}

// The files of one multipart answer, each through the checks of an incoming object.
class Files final : public MultipartReader::Parts {
 public:
  Files(const std::string& source, const scu::SinkChoice& choose, scu::RetrievalResult& result)
      : source_(source), choose_(choose), result_(result) {}

  Status begin() override {
    file_.emplace(source_, choose_);
    return {};
  }
  Status take(std::string_view piece) override {
    file_->take({reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()});
    return {};
  }
  Status end() override {
    const Status finished = file_->finish();
    file_.reset();
    if (finished) {
      ++result_.kept;
      return {};
    }
    const Error& refusal = finished.error();
    ++result_.refused[refusal.code];
    if (refusal.code != "retrieval_too_large" && refusal.code != "file_not_written" &&
        refusal.code != "retrieval_ended")
      return {};
    result_.stopped = refusal;
    return refusal;  // ends the exchange
  }

 private:
  const std::string& source_;
  const scu::SinkChoice& choose_;
  scu::RetrievalResult& result_;
  std::optional<IncomingFile> file_;
};

class WebSource final : public scu::PriorSource {
 public:
  WebSource(const WebSettings& settings, orthanc::HttpEndpoint endpoint)
      : settings_(settings), name_("DICOMweb from " + settings.name), endpoint_(std::move(endpoint)) {}

  const std::string& name() const override { return name_; }

  Result<scu::Found<scu::FoundStudy>> studies(const scu::StudyQuery& query, std::size_t matches_max,
                                              int wake_fd) const override {
    if (auto checked = check(query); !checked) return checked.error();
    if (query.character_set != "ISO_IR 192" && !is_ascii(query.patient_id + query.issuer)) {
      return permanent_error(
          "query_not_usable",
          "DICOMweb is asked in UTF-8 only; a Patient ID in another character set is not sent");
    }
    const std::size_t bound = std::clamp<std::size_t>(matches_max, 1, scu::find_matches_max);
    std::string path = path_of(search_studies) + "?PatientID=" + percent_encoded(query.patient_id);
    if (!query.issuer.empty()) path += "&IssuerOfPatientID=" + percent_encoded(query.issuer);
    if (!query.date_from.empty() || !query.date_to.empty())
      path += "&StudyDate=" + query.date_from + "-" + query.date_to;
    for (const WebField& field : search_studies.included) path += std::string("&includefield=") + field.tag;
    const auto answer = search(search_studies, path, bound, wake_fd);
    if (!answer) return answer.error();
    return read_studies(answer.value(), bound);
  }

  Result<scu::Found<scu::FoundSeries>> series(const std::string& study_uid, const std::string&,
                                              std::size_t matches_max, int wake_fd) const override {
    if (!Uid::parse(study_uid))
      return permanent_error("query_not_usable", "a study is asked for by its Study Instance UID");
    const std::size_t bound = std::clamp<std::size_t>(matches_max, 1, scu::find_matches_max);
    std::string path = path_of(search_series, study_uid);
    char join = '?';
    for (const WebField& field : search_series.included) {
      path += join + std::string("includefield=") + field.tag;
      join = '&';
    }
    const auto answer = search(search_series, path, bound, wake_fd);
    if (!answer) return answer.error();
    return read_series(answer.value(), study_uid, bound);
  }

  Result<scu::Found<scu::FoundDocument>> documents(const std::string& study_uid, const std::string&,
                                                   std::size_t matches_max, int wake_fd) const override {
    if (!Uid::parse(study_uid))
      return permanent_error("query_not_usable", "a study is asked for by its Study Instance UID");
    const std::size_t bound = std::clamp<std::size_t>(matches_max, 1, scu::find_matches_max);
    std::string path = path_of(search_documents, study_uid) + "?Modality=SR";
    for (const WebField& field : search_documents.included) path += std::string("&includefield=") + field.tag;
    const auto answer = search(search_documents, path, bound, wake_fd);
    if (!answer) return answer.error();
    return read_documents(answer.value(), study_uid, bound);
  }

  Result<scu::RetrievalResult> retrieve(const scu::RetrievalRequest& request,
                                        std::shared_ptr<scu::ObjectSink> sink, std::uint64_t bytes_max,
                                        int wake_fd) const override {
    if (auto checked = check(request); !checked) return checked.error();
    const scu::SinkChoice choose =
        [&](const scu::ObjectIdentity& identity) -> Result<std::shared_ptr<scu::ObjectSink>> {
      if (wants(request, identity)) return sink;
      return permanent_error("object_not_asked_for", "an object of another study or series than asked for");
    };
    scu::RetrievalResult result;
    const auto deadline = Clock::now() + std::chrono::milliseconds(settings_.timeout_ms);
    std::vector<std::string> parts = request.series_uids;
    if (parts.empty()) parts.emplace_back();
    for (const std::string& series_uid : parts) {
      const WebRequest& web = series_uid.empty()                  ? retrieve_study
                              : request.sop_instance_uid.empty() ? retrieve_series
                                                                 : retrieve_instance;
      const std::string path = path_of(web, request.study_uid, series_uid, request.sop_instance_uid);
      if (auto got = get_files(web, path, choose, result, bytes_max, deadline, wake_fd); !got && !result.stopped)
        return got.error();
      if (result.stopped) break;
    }
    return result;
  }

 private:
  orthanc::HttpClient client(std::int64_t timeout_ms, int wake_fd) const {
    return {endpoint_, settings_.username, settings_.password, timeout_ms, wake_fd};
  }

  Result<std::string> search(const WebRequest& web, const std::string& path, std::size_t bound, int wake_fd) const {
    orthanc::HttpRequest request;
    request.method = web.method;
    request.path = path + "&limit=" + std::to_string(bound + 1);
    request.accept = web.media_type;
    request.answer_bytes_max = search_answer_bytes_max;
    std::string body;
    auto http = client(settings_.timeout_ms, wake_fd);
    const auto status = http.exchange(request, [&](std::string_view piece) {
      body.append(piece);
      return Status();
    });
    if (!status) return status.error();
    if (status.value() == 404 && &web == &search_documents) return std::string();  // it has no such study
    if (auto judged = judge(status.value(), endpoint_.peer); !judged) return judged.error();
    return body;
  }

  Status get_files(const WebRequest& web, const std::string& path, const scu::SinkChoice& choose, scu::RetrievalResult& result,
                   std::uint64_t& bytes_left, Clock::time_point deadline, int wake_fd) const {
    orthanc::HttpRequest request;
    request.method = web.method;
    request.path = path;
    request.accept = web.media_type;
    request.answer_bytes_max = bytes_left;
    Files files(settings_.name, choose, result);
    std::optional<Result<std::string>> boundary;
    std::optional<MultipartReader> reader;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    auto http = client(std::max<std::int64_t>(left, 1), wake_fd);
    const auto status = http.exchange(
        request,
        [&](std::string_view piece) -> Status {
          if (!*boundary) return boundary->error();
          if (!reader) reader.emplace(**boundary, files);
          bytes_left -= std::min<std::uint64_t>(bytes_left, piece.size());
          return reader->take(piece);
        },
        [&](std::string_view content_type) { boundary = boundary_of(content_type); });
    if (!status) return status.error();
    if (status.value() == 404 && &web == &retrieve_instance) return {};
    if (auto judged = judge(status.value(), endpoint_.peer); !judged) return judged;
    return reader ? reader->finish() : Status();  // 204, or an empty body: nothing of it is there
  }

  const WebSettings settings_;
  const std::string name_;
  const orthanc::HttpEndpoint endpoint_;
};

}  // namespace

std::string percent_encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 ||
        std::string_view("-._~").find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += hex;
  }
  return out;
}

std::string path_of(const WebRequest& request, const std::string& study_uid, const std::string& series_uid,
                    const std::string& instance_uid) {
  std::string path = request.path;
  using Place = std::pair<std::string, const std::string&>;
  for (const auto& [place, uid] : {Place{"{study}", study_uid}, Place{"{series}", series_uid}, Place{"{instance}", instance_uid}}) {
    const auto at = path.find(place);
    if (at != std::string::npos) path.replace(at, place.size(), percent_encoded(uid));
  }
  return path;
}

Result<orthanc::HttpEndpoint> web_endpoint(const WebSettings& settings) {
  auto endpoint =
      orthanc::parse_web_url(settings.url, "the DICOMweb server " + settings.name, "pacs." + settings.name);
  if (endpoint && endpoint->tls) endpoint->tls = settings.tls;
  return endpoint;
}

Result<std::unique_ptr<scu::PriorSource>> web_source(const WebSettings& settings) {
  auto endpoint = web_endpoint(settings);
  if (!endpoint) return endpoint.error();
  return std::unique_ptr<scu::PriorSource>(std::make_unique<WebSource>(settings, std::move(*endpoint)));
}

}  // namespace radfm::dicomweb
