// SPDX-License-Identifier: Apache-2.0
// The pipeline as the job runner sees it, so that a job's way can be tested without a model and without DICOM files.
// One thread.
#pragma once

#include <functional>

#include "pipeline/draft/draft_pipeline.h"

namespace radfm::worker {

using DraftProgressFunction = std::function<void(const draft::DraftProgress&)>;

struct Answer {
  model::Generated generated;
  model::ModelFacts model;  // which gave it
};

class Drafting {
 public:
  virtual ~Drafting() = default;
  // Which model answers; starts the engine when it does not run. transient "model_not_ready": the job is handed back and
  // no attempt is spent.
  virtual Result<model::ModelFacts> model(int wake_fd) = 0;
  // A study will be prepared soon: what takes time to start is started meanwhile.
  virtual void expect_study() = 0;
  virtual Result<draft::PrepareResult> prepare(const draft::PrepareInput& input, const DraftProgressFunction& progress,
                                               int wake_fd) = 0;
  // Whether somebody else's final report is among these files (pipeline/draft/final_report.h).
  virtual Result<bool> has_final_report(const std::vector<imaging::StudyFile>& files, int wake_fd) = 0;
  // Asked at that turn, and alone after a failure of several together.
  virtual Result<Answer> ask(const draft::Prepared& prepared, const RuleAction& action, model::EngineTurn turn,
                             const DraftProgressFunction& progress, int wake_fd) = 0;
  virtual Result<report::DraftReport> write(const draft::Prepared& prepared, const model::Generated& generated,
                                            const model::ModelFacts& facts, const draft::ReportFrame& frame) = 0;
};

}  // namespace radfm::worker
