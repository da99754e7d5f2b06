// SPDX-License-Identifier: Apache-2.0
// Files in, draft report out: joins reader, priors, prompt, engine and report. Used by the worker and by `radfmctl report`.
// Knows no queue, no network, no Orthanc. One thread. The decisions stand in small files of their own: prior_choice.h,
// shown_images.h, prompt_builder.h, draft_sentences.h, told_priors.h, text_checks.h.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/draft_flags.h"
#include "core/job.h"
#include "pipeline/draft/draft_sentences.h"
#include "pipeline/draft/prompt_builder.h"
#include "pipeline/draft/sent_report.h"
#include "pipeline/imaging/reader_client.h"
#include "pipeline/model/engine_client.h"
#include "pipeline/report/draft_report.h"

namespace radfm::draft {

// A study that might be a prior: its files. The pipeline decides (identity, time, our own drafts) and says why not.
struct PriorCandidate {
  std::vector<imaging::StudyFile> files;
  std::vector<imaging::ThinnedSeries> thinned = {};  // series of which not all slices are among the files
  std::string way = {};  // how it was fetched from an archive, for the report: "C-GET from PACS1"; empty: it was at hand
};

struct DraftProgress {
  JobStage stage = JobStage::none;
  int done = 0, of = 0;
  std::string text_so_far;
};

inline constexpr std::size_t prior_candidates_max = 20;  // more are not read, and the report says so

// What the reading of the current study led to, before the model is asked. Move it, do not copy it: `images` points into it.
// Pixels that are not shown have been given back (their blocks are empty).
struct Prepared {
  imaging::StudyReading current;
  std::vector<imaging::StudyReading> priors;      // those that are accepted and are shown or read
  std::vector<std::string> priors_refused;        // one sentence each, without patient data
  model::Prompt prompt;
  std::vector<const imaging::PixelBlock*> images; // into `current` and `priors`
  std::vector<model::ImageShape> shapes;
  std::vector<report::EvidenceInstance> shown;
  std::vector<report::PriorUse> prior_uses;       // most recent first
  std::string comparison, technique, clinical_information, modality, target_region;
  Task task = Task::report;
  std::string question;                           // the one that the task asks of these images
  // What the engine may cut of a prompt that is too long; PriorCut::prior is the place in `prior_uses` here and in
  // `comparison_facts.used`. What the model was really told in the end: told_priors.h.
  std::vector<PriorCut> cuts;
  ComparisonFacts comparison_facts;
  std::vector<report::EvidenceInstance> key_images;   // a few of `shown`
  std::string input_digest;   // SHA-256 of prompt, pixels, model digest: equal means the model would write the same
};

struct PrepareInput {
  const std::vector<imaging::StudyFile>* files = nullptr;
  const std::vector<imaging::ThinnedSeries>* thinned = nullptr;  // may be null: all slices are among the files
  const std::vector<PriorCandidate>* priors = nullptr;
  RuleAction action;
  const Configuration* configuration = nullptr;
  model::ModelFacts model;
  // Whole sentences for the comparison section, without patient data: priors that were found and could not be fetched.
  std::vector<std::string> prior_remarks = {};
  const std::vector<SentReport>* sent_reports = nullptr;  // may be null
  imaging::SpareReader* spare_reader = nullptr;  // for the current study; may be null
};

// How the configuration's reader is started.
imaging::ReaderLimits reader_limits(const ReaderSettings& settings);

// How many slices of a volume the model sees at most.
int slices_max_of(const model::ModelFacts& facts);

// Why there is nothing to show, as the job's outcome: "no_diagnostic_image" (policy: done, skipped) or an error
// (permanent, code of the left-out reason: "unsupported_transfer_syntax", "broken", ...).
struct Skip {
  std::string code;
  std::string why;
};
struct PrepareResult {
  std::optional<Prepared> prepared;
  std::optional<Skip> skip;
  std::vector<imaging::LeftOut> left_out;
};
// Errors: permanent "identity_conflict" when the study's files disagree about patient or study; those of read_study. A prior
// that the reader dies of is refused, it does not fail the draft. `progress` may be empty.
Result<PrepareResult> prepare(const PrepareInput& input, const std::function<void(const DraftProgress&)>& progress,
                              int wake_fd);

// What the model wrote although nobody told it: the patient's name is in no prompt, so in a text it is made up or learnt.
inline constexpr const char* patient_name_flag = flag::patient_name.data();
// Adds patient_name_flag to the flags of a text that names the patient of this header.
void flag_text(model::Generated& generated, const AttributeSet& header);
// The same, and the codes of all that text_checks.h finds, each once.
void flag_text(model::Generated& generated, const Prepared& prepared);

// Error: permanent "held_for_review" for a text that has a flag by which report.flags holds drafts back. Names the flags.
inline constexpr const char* held_for_review = "held_for_review";
Status check_held(const model::Generated& generated, const ReportSettings& settings);

// With the flags of flag_text. Generated::cuts_made tells how much of the priors the model did not read.
Result<model::Generated> ask_model(model::EngineClient& engine, const Prepared& prepared, const RuleAction& action,
                                   const Configuration& configuration,
                                   const std::function<void(const DraftProgress&)>& progress, int wake_fd,
                                   model::EngineTurn turn = model::EngineTurn::together);

// Everything about the job that the report needs.
struct ReportFrame {
  JobIdentity identity;
  ResultUids uids;
  int revision = 1;
  std::optional<report::Predecessor> predecessor;
  std::int64_t content_wall_ms = 0;  // the job's creation
};
// Content Date and Time are in the study's Timezone Offset From UTC (0008,0201) where it has one, else UTC.
report::DraftContent draft_content(const Prepared& prepared, const model::Generated& generated,
                                   const model::ModelFacts& facts, const Configuration& configuration,
                                   const ReportFrame& frame);
// Also the companions that the configuration names.
Result<report::DraftReport> write_report(const Prepared& prepared, const model::Generated& generated,
                                         const model::ModelFacts& facts, const Configuration& configuration,
                                         const ReportFrame& frame);

}  // namespace radfm::draft
