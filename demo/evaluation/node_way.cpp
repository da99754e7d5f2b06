// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "demo/evaluation/exercise_files.h"
#include "demo/evaluation/report_way.h"
#include "demo/evaluation/throw_away_folder.h"
#include "orthanc-client/orthanc_client.h"
#include "pipeline/imaging/reader_client.h"
#include "pipeline/report/sections.h"
#include "scu-scp/network.h"
#include "scu-scp/store_scu.h"

namespace radfm::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t study_instance_uid_tag = 0x0020000d;
constexpr auto poll_wait = std::chrono::milliseconds(200);

std::string on_one_line(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  for (std::string word; in >> word;) line += (line.empty() ? "" : " ") + word;
  return line;
}

std::string joined(const report::ReportSections& sections) {
  return on_one_line("Findings: " + sections.findings + " Impression: " + sections.impression);
}

// What stands under a heading of a Structured Report that was read (pipeline/imaging/report_reading.h): up to the next.
std::string section_of(const std::string& text, const std::string& heading) {
  std::istringstream lines("\n" + text);
  std::string section;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    const bool is_heading = line.size() > 1 && line.back() == ':';
    if (is_heading) inside = line == heading + ":";
    else if (inside) section += line + "\n";
  }
  return section;
}

std::vector<std::uint8_t> bytes_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = out.str();
  return {bytes.begin(), bytes.end()};
}

class NodeWay final : public ReportWay {
 public:
  NodeWay(const scu::Peer& peer, std::unique_ptr<orthanc::OrthancClient> orthanc)
      : store_(peer), orthanc_(std::move(orthanc)) {}

  // The prior study is sent before the current one, which looks for it.
  Status send_ahead(std::uint64_t patient, const Exercise& exercise) override {
    const ThrowAwayFolder folder;
    if (Status written = write_exercise_files(folder.path(), patient, exercise); !written) return written;
    if (fs::exists(folder.path() / "prior")) {
      if (Status sent = send(folder.path() / "prior"); !sent) return sent;
    }
    if (Status sent = send(folder.path() / "current"); !sent) return sent;
    imaging::ReadOptions headers;
    headers.pixels = false;
    const auto study = imaging::read_study(open_study(folder.path() / "current"), headers, reader());
    if (!study) return study.error();
    sent_.insert_or_assign(patient, Sent{attribute_value(study->header, study_instance_uid_tag), std::chrono::steady_clock::now()});
    return {};
  }

  Result<WrittenReport> report(std::uint64_t patient, const Exercise& exercise) override {
    if (!sent_.contains(patient)) {
      if (Status sent = send_ahead(patient, exercise); !sent) return sent.error();
    }
    const Sent own = sent_.at(patient);
    sent_.erase(patient);
    const Result<std::string> text = wait_for_report(own.study_uid);
    if (!text) return text.error();
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - own.at).count();
    return WrittenReport{joined({section_of(*text, "Findings"), section_of(*text, "Impressions")}), true, false, ms};
  }

 private:
  static imaging::ReaderLimits reader() { return {sibling_program("radfm-reader")}; }

  Status send(const fs::path& folder) const {
    std::vector<std::vector<std::uint8_t>> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(bytes_of(entry.path()));
    const auto stored = store_.store({files.begin(), files.end()});
    return stored ? Status() : Status(stored.error());
  }

  // The text of the draft in that study.
  Result<std::string> wait_for_report(const std::string& study_uid) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(node_report_ms_max);
    while (std::chrono::steady_clock::now() < deadline) {
      Result<std::optional<std::string>> text = look_for_report(study_uid);
      // A study that grows while Orthanc is asked is asked again.
      if (!text && text.error().code != "study_changing") return text.error();
      if (text && *text) return std::move(**text);
      std::this_thread::sleep_for(poll_wait);
    }
    return transient_error("no_report", "no draft came within " + std::to_string(node_report_ms_max / 1000) +
                                            " s for the study " + study_uid + "; the node's page says why");
  }

  Result<std::optional<std::string>> look_for_report(const std::string& study_uid) {
    const Result<std::optional<std::string>> study = orthanc_->find_study(study_uid);
    if (!study) return study.error();
    if (!*study) return std::optional<std::string>();
    const Result<StudyIndex> index = orthanc_->study_index(**study);
    if (!index) return index.error();
    for (const IndexedSeries& series : index->series) {
      if (series.modality != "SR" || series.instances.empty()) continue;
      Result<std::vector<process::FileDescriptor>> files = orthanc_->fetch_files({series.instances.front().orthanc_id}, {});
      if (!files) return files.error();
      std::vector<imaging::StudyFile> report;
      report.push_back({std::move(files->front()), "report"});
      imaging::ReadOptions options;
      options.pixels = false;
      const auto reading = imaging::read_study(report, options, reader());
      if (!reading) return reading.error();
      for (const imaging::ReportReading& found : reading->reports) {
        if (found.ours) return std::optional<std::string>(found.text);
      }
    }
    return std::optional<std::string>();
  }

  struct Sent {
    std::string study_uid;
    std::chrono::steady_clock::time_point at;
  };
  std::map<std::uint64_t, Sent> sent_;  // by patient
  scu::StoreScu store_;
  std::unique_ptr<orthanc::OrthancClient> orthanc_;
};

}  // namespace

std::string text_in_report(const std::string& text) { return joined(report::split_sections(report::legal_text(text))); }

Result<std::unique_ptr<ReportWay>> through_node(const NodeAddress& node) {
  OrthancSettings settings;
  settings.url = node.orthanc_url;
  auto orthanc = orthanc::OrthancClient::make(settings, fs::temp_directory_path(), -1);
  if (!orthanc) return orthanc.error();
  scu::Peer peer;
  peer.own_ae_title = "RADFM-EVAL";
  peer.ae_title = node.ae_title;
  peer.host = node.host;
  peer.port = node.dicom_port;
  scu::use_dicom_network();
  return std::unique_ptr<ReportWay>(std::make_unique<NodeWay>(peer, std::move(*orthanc)));
}

}  // namespace radfm::demo
