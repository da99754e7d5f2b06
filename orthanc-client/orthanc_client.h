// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/configuration.h"
#include "orthanc-client/http_client.h"
#include "orthanc-client/orthanc.h"

namespace radfm::orthanc {

// Over which files are fetched at once. Orthanc answers 50 requests at a time (HttpThreadsCount), most of which others want.
inline constexpr std::size_t fetch_connections = 4;

// Where Orthanc is: orthanc.url and, for https, whom we trust. permanent "url_not_supported".
Result<HttpEndpoint> orthanc_endpoint(const OrthancSettings& settings);

// A failed exchange, and an answer that is no success, as the errors of orthanc.h; a 404 is permanent `missing`.
Error as_orthanc_error(const Error& error);
Error answer_error(unsigned status, const std::string& path, const std::string& missing);

// Orthanc over HTTP. Fetched files lie in `work_directory`, which must exist; they have no name there, so that nothing is
// left behind whatever happens to the worker.
class OrthancClient final : public Orthanc {
 public:
  // permanent "url_not_supported".
  static Result<std::unique_ptr<OrthancClient>> make(const OrthancSettings& settings,
                                                     std::filesystem::path work_directory, int wake_fd);

  Status system() override;
  Result<StudyIndex> study_index(const std::string& orthanc_study_id) override;
  Result<std::optional<std::string>> find_study(const std::string& study_instance_uid) override;
  Result<std::vector<PatientStudy>> patient_studies(const std::string& orthanc_patient_id) override;
  Result<std::vector<process::FileDescriptor>> fetch_files(const std::vector<std::string>& orthanc_instance_ids,
                                                           const FetchedCount& progress) override;
  Result<Stored> store_instance(const std::vector<std::uint8_t>& dicom) override;
  Result<std::optional<std::string>> find_instance(const std::string& sop_instance_uid) override;
  Result<std::vector<std::uint8_t>> read_instance(const std::string& orthanc_instance_id) override;
  Result<std::string> read_mark(const std::string& orthanc_study_id) override;
  Status put_mark(const std::string& orthanc_study_id, const std::string& text) override;

 private:
  OrthancClient(HttpClient http, std::filesystem::path work_directory)
      : http_(std::move(http)), work_directory_(std::move(work_directory)) {}
  // A 2xx body; other answers become errors, 404 permanent `missing`.
  Result<std::string> text(const HttpRequest& request, const std::string& missing);
  Result<std::vector<std::string>> look_up(const std::string& uid, const std::string& level);

  Result<process::FileDescriptor> fetch_file(HttpClient& http, const std::string& orthanc_instance_id) const;

  HttpClient http_;
  std::vector<HttpClient> more_;  // connections beside the first, for many files
  std::filesystem::path work_directory_;
};

}  // namespace radfm::orthanc
