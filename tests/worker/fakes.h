// SPDX-License-Identifier: Apache-2.0
// An Orthanc in memory, a pipeline without a model, and a clock that a test moves.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "core/clock.h"
#include "core/sop_class.h"
#include "worker/destination.h"
#include "worker/drafting.h"
#include "orthanc-client/orthanc.h"
#include "orthanc-client/unnamed_file.h"

namespace radfm::test {

class ManualClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return now_ms; }
  std::int64_t boot_ms() const override { return now_ms; }
  std::string boot_id() const override { return "boot"; }
  std::int64_t now_ms = 1'700'000'000'000;
};

inline Error away() { return transient_error("orthanc_unreachable", "nobody listens"); }

// A Part 10 file of the form that delivery looks at.
inline std::vector<std::uint8_t> part10(const std::string& sop_instance_uid, const std::string& content,
                                        const std::string& implementation = "OURS", SrClass sr_class = SrClass::basic_text) {
  std::string bytes(128, '\0');
  bytes += "DICM";
  const auto element = [&](char tag, const std::string& vr, std::string value) {
    if (value.size() % 2 != 0) value += '\0';
    bytes += std::string("\x02\x00", 2) + tag + std::string(1, '\0') + vr;
    bytes += char(value.size());
    bytes += '\0';
    bytes += value;
  };
  element('\x02', "UI", std::string(sop_class_uid_of(sr_class)));
  element('\x03', "UI", sop_instance_uid);
  element('\x10', "UI", "1.2.840.10008.1.2.1");
  element('\x13', "SH", implementation);
  bytes += std::string("\x08\x00\x05\x00", 4) + content;
  return {bytes.begin(), bytes.end()};
}

class FakeOrthanc final : public orthanc::Orthanc {
 public:
  Status system() override { return fail_or({}); }
  Result<StudyIndex> study_index(const std::string& id) override {
    before("study_index");
    if (down) return away();
    const auto found = studies.find(id);
    if (found == studies.end()) return permanent_error("study_gone", "no such study");
    return found->second;
  }
  Result<std::optional<std::string>> find_study(const std::string& uid) override {
    if (down) return away();
    for (const auto& [id, study] : studies) {
      if (study.study_instance_uid == uid) return std::optional(id);
    }
    return std::optional<std::string>();
  }
  Result<std::vector<orthanc::PatientStudy>> patient_studies(const std::string&) override {
    if (down) return away();
    return patient;
  }
  Result<std::vector<process::FileDescriptor>> fetch_files(const std::vector<std::string>& ids,
                                                           const FetchedCount& progress) override {
    std::vector<process::FileDescriptor> files;
    for (const std::string& id : ids) {
      before("fetch_file");
      if (down) return away();
      fetched.push_back(id);
      Result<process::FileDescriptor> file = orthanc::open_unnamed_file("/tmp");
      if (!file) return file.error();
      files.push_back(std::move(*file));
      if (progress) progress(files.size());
    }
    return files;
  }
  Result<Stored> store_instance(const std::vector<std::uint8_t>& dicom) override {
    before("store_instance");
    if (down) return away();
    ++stores;
    const std::string uid(dicom_uid(dicom));
    const bool had = !instances.emplace(uid, dicom).second;
    if (lose_store_answers > 0 && lose_store_answers-- > 0) return transient_error("orthanc_timeout", "no answer");
    return had ? Stored::already_stored : Stored::success;
  }
  Result<std::optional<std::string>> find_instance(const std::string& uid) override {
    if (down) return away();
    return instances.contains(uid) ? std::optional(uid) : std::nullopt;
  }
  Result<std::vector<std::uint8_t>> read_instance(const std::string& id) override {
    if (down) return away();
    return instances.at(id);
  }
  Result<std::string> read_mark(const std::string&) override {
    if (down) return away();
    return mark;
  }
  Status put_mark(const std::string&, const std::string& text) override {
    if (down) return away();
    if (refuse_marks) return transient_error("orthanc_error", "500");
    mark = text;
    return {};
  }

  bool down = false, refuse_marks = false;
  int lose_store_answers = 0, stores = 0;
  std::map<std::string, StudyIndex> studies;
  std::vector<orthanc::PatientStudy> patient;
  std::map<std::string, std::vector<std::uint8_t>> instances;  // by SOP Instance UID
  std::vector<std::string> fetched;
  std::string mark;
  std::function<void(const std::string& call)> on_call;

 private:
  static std::string dicom_uid(const std::vector<std::uint8_t>& dicom);
  void before(const std::string& call) {
    if (on_call) on_call(call);
  }
  Status fail_or(Status status) { return down ? Status(away()) : status; }
};

class FakeDrafting final : public worker::Drafting {
 public:
  Result<model::ModelFacts> model(int) override {
    if (model_error) return *model_error;
    model::ModelFacts facts;
    facts.name = "fake";
    facts.digest = digest;
    return facts;
  }
  void expect_study() override {}
  Result<draft::PrepareResult> prepare(const draft::PrepareInput& input, const worker::DraftProgressFunction&,
                                       int) override {
    files = int(input.files->size());
    priors = int(input.priors->size());
    if (on_prepare) on_prepare();
    if (prepare_error) return *prepare_error;
    draft::PrepareResult result;
    if (!skip.empty()) {
      result.skip = draft::Skip{skip, "nothing to show"};
      return result;
    }
    result.prepared.emplace();
    result.prepared->input_digest = input_digest;
    result.prepared->current.reports = reports;
    return result;
  }
  Result<bool> has_final_report(const std::vector<imaging::StudyFile>& given, int) override {
    reports_looked_at += int(given.size());
    return final_report_now;
  }
  Result<worker::Answer> ask(const draft::Prepared&, const RuleAction&, model::EngineTurn turn,
                             const worker::DraftProgressFunction& progress, int) override {
    ++asked;
    asked_urgently += turn == model::EngineTurn::urgent;
    asked_alone += turn == model::EngineTurn::alone;
    progress({JobStage::generating, 1, 2, "Findings"});
    if (on_ask) on_ask();
    if (ask_error) return *ask_error;
    worker::Answer answer;
    answer.generated.text = text;
    answer.generated.flags = flags;
    answer.model.name = "fake";
    answer.model.digest = digest;
    return answer;
  }
  Result<report::DraftReport> write(const draft::Prepared&, const model::Generated& generated, const model::ModelFacts&,
                                    const draft::ReportFrame& frame) override {
    frames.push_back(frame);
    written.push_back(generated.text);
    if (on_write) on_write();
    report::DraftReport draft;
    draft.dicom = part10(frame.uids.sr_sop_instance_uid, "revision " + std::to_string(frame.revision) + written_as, "OURS", sr_class);
    draft.text = "text";
    for (const std::string& role : companions) {
      const std::string uid = result_uid(frame.identity, role);
      draft.companions.push_back({role, "1.2.840.10008.5.1.4.1.1.104.1", uid, part10(uid, role)});
    }
    draft.companion_remarks = companion_remarks;
    return draft;
  }

  std::string digest = "model-1", input_digest = "input-1", skip, text = "Findings: none.", written_as;
  std::optional<Error> model_error, prepare_error, ask_error;
  SrClass sr_class = SrClass::basic_text;  // of the drafts
  std::function<void()> on_prepare, on_ask, on_write;
  std::vector<imaging::ReportReading> reports;
  std::vector<draft::ReportFrame> frames;
  std::vector<std::string> written;
  std::vector<std::string> flags, companions, companion_remarks;
  int asked = 0, asked_urgently = 0, asked_alone = 0, files = 0, priors = 0, reports_looked_at = 0;
  bool final_report_now = false;
};

}  // namespace radfm::test
