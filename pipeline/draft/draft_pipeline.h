// SPDX-License-Identifier: Apache-2.0
// Files in, draft report out: joins reader, priors, prompt, engine and report. Used by the worker and by `radfmctl report`.
// Knows no queue, no network, no Orthanc. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/job.h"
#include "pipeline/imaging/reader_client.h"
#include "pipeline/model/engine_client.h"
#include "pipeline/report/draft_report.h"

namespace radfm::draft {

// A study that might be a prior: its files. The pipeline decides (identity, time, our own drafts) and says why not.
struct PriorCandidate {
  std::vector<imaging::StudyFile> files;
};

struct DraftProgress {
  JobStage stage = JobStage::none;
  int done = 0, of = 0;
  std::string text_so_far;
};

// What the reading of the current study led to, before the model is asked.
struct Prepared {
  imaging::StudyReading current;
  std::vector<imaging::StudyReading> priors;      // those that are accepted and are shown or read
  std::vector<std::string> priors_refused;        // one sentence each, without patient data
  model::Prompt prompt;
  std::vector<const imaging::PixelBlock*> images; // into `current` and `priors`
  std::vector<model::ImageShape> shapes;
  std::vector<report::EvidenceInstance> shown;
  std::vector<report::PriorUse> prior_uses;
  std::string comparison, technique, clinical_information, modality, target_region;
  std::string input_digest;   // SHA-256 of prompt, pixels, model digest: equal means the model would write the same
};

struct PrepareInput {
  const std::vector<imaging::StudyFile>* files = nullptr;
  const std::vector<PriorCandidate>* priors = nullptr;
  RuleAction action;
  const Configuration* configuration = nullptr;
  model::ModelFacts model;
};

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
Result<PrepareResult> prepare(const PrepareInput& input, const std::function<void(const DraftProgress&)>& progress,
                              int wake_fd);

Result<model::Generated> ask_model(model::EngineClient& engine, const Prepared& prepared, const RuleAction& action,
                                   const Configuration& configuration,
                                   const std::function<void(const DraftProgress&)>& progress, int wake_fd);

// Everything about the job that the report needs.
struct ReportFrame {
  JobIdentity identity;
  ResultUids uids;
  int revision = 1;
  std::optional<report::Predecessor> predecessor;
  std::int64_t content_wall_ms = 0;  // the job's creation
};
Result<report::DraftReport> write_report(const Prepared& prepared, const model::Generated& generated,
                                         const model::ModelFacts& facts, const Configuration& configuration,
                                         const ReportFrame& frame);

}  // namespace radfm::draft
