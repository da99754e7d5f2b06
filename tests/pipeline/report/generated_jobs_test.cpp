// SPDX-License-Identifier: Apache-2.0
// Aim: whatever a modality sends and a model writes, the draft says it, and programs that others wrote find it legal. Each job is a
// study of DICOM files, read by the real radfm-reader, with a hostile answer of a model, made into a draft in each of the four SR classes
// as the worker makes it. judge_jobs.py has dciodvfy, dcentvfy, dsrdump, pydicom and highdicom read them all, and compares what they
// read with what went in by rules that share no code with the product.
//
// Short in ctest. The long form, a third of a second of one core for each job, from the repository's root:
//   RADFM_JOBS=1000 build/tests/pipeline/report/generated_jobs_tests
// RADFM_SEED=N draws others (the seed is printed); RADFM_FIRST_JOB=17 RADFM_JOBS=1 repeats one: each job has a seed of its own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/imaging/codecs.h"
#include "tests/pipeline/report/hostile_text.h"
#include "tests/pipeline/report/source_studies.h"
#include "tests/support/memory_file.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

using nlohmann::json;
using test::Draw;
using test::find_outside_program;
using generated::Fate;
using generated::SourceStudy;
using generated::SourceValue;

constexpr int short_form_jobs = 32, jobs_at_once = 50;
constexpr std::int64_t first_job_wall_ms = 1'773'220'620'000;  // 2026-03-11 09:17 UTC

int number_from(const char* variable, int otherwise) {
  const char* given = std::getenv(variable);
  return given != nullptr ? std::atoi(given) : otherwise;
}

std::string hexadecimal(const std::string& bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

json told(const SourceStudy& study) {
  json values = json::array();
  for (const SourceValue& value : study.values) {
    constexpr const char* fates[] = {"kept", "emptied", "left_out"};
    values.push_back({{"sequence", value.sequence}, {"tag", value.tag}, {"meant", hexadecimal(value.meant)},
                      {"fate", fates[static_cast<int>(value.fate)]}});
  }
  return values;
}

class GeneratedJobs : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::find_python().empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
    for (const char* program : {"dciodvfy", "dcentvfy", "dsrdump"}) {
      if (find_outside_program(program).empty()) GTEST_SKIP() << program << " is not installed";
    }
  }
};

// One job's study, answer and settings, and its drafts.
class Job {
 public:
  Job(int index, std::uint32_t seed, const std::filesystem::path& folder)
      : index_(index), draw_(seed + static_cast<std::uint32_t>(index)), folder_(folder), study_(generated::draw_study(index, draw_)) {}

  // What judge_jobs.py is told.
  json run() {
    draw_question_and_answer();
    const std::string source = write_source();
    const auto prepared = prepare();
    if (!prepared || !prepared->prepared) {
      ADD_FAILURE() << "not prepared: " << (prepared ? prepared->skip->why : prepared.error().message);
      return nullptr;
    }
    draft::flag_text(answer_, *prepared->prepared);
    draw_settings();
    json drafts = json::array();
    for (const SrClass sop_class : sr_classes) drafts.push_back(draft_of(*prepared->prepared, sop_class));
    json job = {{"job", index_}, {"encoding", study_.encoding->name}, {"honest", study_.encoding->honest}, {"modality", study_.modality},
                {"source", source}, {"values", report::told(study_)},
                {"task", std::string(to_string(action_.task))}, {"question", hexadecimal(prepared->prepared->question)},
                {"findings", hexadecimal(findings_)}, {"impression", hexadecimal(impression_)}, {"drafts", std::move(drafts)}};
    return job;
  }

 private:
  void draw_question_and_answer() {
    generated::HostileText text(draw_);
    constexpr Task tasks[] = {Task::report, Task::report, Task::report, Task::report, Task::vqa, Task::diagnosis, Task::modality};
    action_.task = draw_.pick(tasks);
    if (action_.task != Task::report) action_.prompt_2d = action_.prompt_3d = draw_.one_in(2) ? text.text() : "Is there a nodule?";
    std::string& whole = action_.task == Task::diagnosis ? impression_ : findings_;
    if (action_.task != Task::report) {
      whole = text.paragraphs();
      answer_.text = whole;
    } else {
      findings_ = text.paragraphs();
      impression_ = text.paragraphs();
      answer_.text = (draw_.one_in(3) ? "" : "Findings: ") + findings_ + (draw_.one_in(2) ? "\n" : " ") + "Impression:" + impression_;
    }
    answer_.stopped = draw_.one_in(4) ? "limit" : "end";
    if (draw_.one_in(3)) configuration_.report.institution_notice = text.text();
  }

  // The first file of the study is what the judge compares with.
  std::string write_source() {
    const std::string name = std::to_string(index_) + "-source.dcm";
    test::write_file(folder_ / name, study_.files.front());
    for (int number = draw_.below(3); number > 0; --number) priors_.push_back(generated::draw_prior(study_, number, draw_));
    return name;
  }

  static std::vector<imaging::StudyFile> opened(const SourceStudy& study) {
    std::vector<imaging::StudyFile> files;
    for (const std::string& file : study.files) files.push_back(test::memory_file(file));
    return files;
  }

  Result<draft::PrepareResult> prepare() {
    const std::vector<imaging::StudyFile> files = opened(study_);
    std::vector<draft::PriorCandidate> candidates;
    for (const SourceStudy& prior : priors_) candidates.push_back({opened(prior)});
    facts_.name = "radfm-phantom";
    facts_.version = "1";
    facts_.digest = sha256_hex("weights");
    facts_.context_tokens = 2'048;
    facts_.depth_max = 24;
    draft::PrepareInput input;
    input.files = &files;
    input.priors = &candidates;
    input.action = action_;
    input.configuration = &configuration_;
    input.model = facts_;
    return draft::prepare(input, nullptr, -1);
  }

  void draw_settings() {
    facts_.weights_from_seed = draw_.one_in(4);
    if (draw_.one_in(4)) configuration_.report.completion_flag = "COMPLETE";
    if (draw_.one_in(4)) configuration_.report.language = "de-DE";
    if (draw_.one_in(3)) return;
    frame_.revision = 2 + draw_.below(98);
    const std::string before = study_.uid + " before";
    const std::string sop_class(sop_class_uid_of(draw_.pick(sr_classes)));  // the configuration may have said something else then
    frame_.predecessor = Predecessor{study_.uid, uid_from_name(before + " series"), sop_class, uid_from_name(before)};
  }

  json draft_of(const draft::Prepared& prepared, SrClass sop_class) {
    configuration_.report.sop_class = sop_class;
    frame_.identity = {study_.uid, sha256_hex(study_.uid), static_cast<int>(sop_class)};
    frame_.uids = result_uids(frame_.identity);
    frame_.content_wall_ms = first_job_wall_ms + std::int64_t{60'000} * index_;
    const auto written = draft::write_report(prepared, answer_, facts_, configuration_, frame_);
    if (!written) {
      ADD_FAILURE() << "job " << index_ << ": " << written.error().message;
      return nullptr;
    }
    const std::string name = std::to_string(index_) + "-" + std::string(to_string(sop_class)) + ".dcm";
    test::write_file(folder_ / name, written->dicom);
    return told(draft::draft_content(prepared, answer_, facts_, configuration_, frame_), name, written->left_out_values);
  }

  static json told(const DraftContent& content, const std::string& file, const std::vector<std::string>& left_out) {
    json notices = json::array(), priors = json::array();
    for (const std::string& notice : content.notices) notices.push_back(hexadecimal(notice));
    for (const PriorUse& prior : content.priors) {
      priors.push_back({{"study", prior.study_instance_uid}, {"date", prior.study_date}, {"description", hexadecimal(prior.description)},
                        {"accession", hexadecimal(prior.accession_number)}, {"images", prior.images.size()}, {"reports", prior.reports.size()}});
    }
    return {{"file", file}, {"class", std::string(sop_class_uid_of(content.sop_class))}, {"revision", content.revision},
            {"predecessor", content.predecessors.empty() ? "" : content.predecessors.front().sop_instance_uid},
            {"shown", content.shown.size()}, {"notices", std::move(notices)}, {"priors", std::move(priors)},
            {"completion_flag", content.completion_flag}, {"language", content.language}, {"left_out", left_out},
            {"clinical_information", hexadecimal(content.clinical_information)}, {"technique", hexadecimal(content.technique)},
            {"comparison", hexadecimal(content.comparison)}};
  }
  int index_;
  Draw draw_;
  std::filesystem::path folder_;
  SourceStudy study_;
  std::vector<SourceStudy> priors_;
  RuleAction action_;
  Configuration configuration_;
  model::ModelFacts facts_;
  model::Generated answer_;
  draft::ReportFrame frame_;
  std::string findings_, impression_;
};

TEST_F(GeneratedJobs, AreReadByOthersAsTheyWereWritten) {
  // Aim: no complaint but what a copied value of the source alone causes (judge_jobs.py lists them), and every text as it went in.
  const int first_job = number_from("RADFM_FIRST_JOB", 0), end = first_job + number_from("RADFM_JOBS", short_form_jobs);
  const auto seed = static_cast<std::uint32_t>(number_from("RADFM_SEED", 20261129));
  std::cout << "seed " << seed << ", jobs " << first_job << " to " << end - 1 << " in 4 SOP classes each\n";
  imaging::prepare_decoders();
  for (int first = first_job; first < end && !HasFailure(); first += jobs_at_once) {
    const test::TemporaryFolder folder;
    std::ofstream list(folder.path() / "jobs.jsonl");
    for (int index = first; index < std::min(end, first + jobs_at_once); ++index) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", job " + std::to_string(index));
      list << Job(index, seed, folder.path()).run().dump() << "\n";
    }
    list.close();
    const auto judged = test::run_outside_program({test::find_python(), "tests/pipeline/report/judge_jobs.py", folder.path()}, 1'800);
    std::cout << judged.output << std::flush;
    ASSERT_EQ(judged.exit_code, 0) << "seed " << seed << ", jobs from " << first;
  }
}

}  // namespace
}  // namespace radfm::report
