// SPDX-License-Identifier: Apache-2.0
// A way from a drawn patient to the model's report about it. Every way shows the model the same study and asks the same
// question, so that a difference between two of them is a mistake on the way.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "demo/exercise.h"
#include "pipeline/model/engine_client.h"

namespace radfm::demo {

struct WrittenReport {
  std::string text;
  bool ended = true;      // by itself: neither at the limit of its length nor in a loop
  bool refused = false;   // the images were refused before the model saw them: `text` is the reason
  double milliseconds = 0;
};

inline constexpr std::uint64_t sent_ahead_max = 8;

// One thread.
class ReportWay {
 public:
  virtual ~ReportWay() = default;
  // Hands over what report() will be asked next but few, where a way can work on several at a time. At most sent_ahead_max of
  // them wait for their report().
  virtual Status send_ahead(std::uint64_t, const Exercise&) { return {}; }
  // `patient` is the seed of the exercise's patient, for its files. Errors end an evaluation.
  virtual Result<WrittenReport> report(std::uint64_t patient, const Exercise& exercise) = 0;
};

// Pictures straight to the engine, beside the exercise's own prompt. `engine` must outlive it.
std::unique_ptr<ReportWay> through_input(model::EngineClient& engine);
// DICOM files into a throw-away folder, read, prepared and asked as `radfmctl report` does it. `engine` must outlive it.
std::unique_ptr<ReportWay> through_files(model::EngineClient& engine);

// A running node: prior and current study sent by C-STORE, the draft read back from Orthanc as its Structured Report.
struct NodeAddress {
  std::string orthanc_url = "http://127.0.0.1:8042", ae_title = "ORTHANC", host = "127.0.0.1";
  int dicom_port = 4242;
};
inline constexpr std::int64_t node_report_ms_max = 300'000;  // from the last file sent to the report
// Errors: those of the address, of the C-STORE and of Orthanc; transient "no_report" when none comes in time.
Result<std::unique_ptr<ReportWay>> through_node(const NodeAddress& node);

// The model's text as a report holds it, Findings and Impression on one line: what two ways can be compared by.
std::string text_in_report(const std::string& text);

}  // namespace radfm::demo
