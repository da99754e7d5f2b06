// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/drafting.h"
#include "worker/engine_supervisor.h"
#include "worker/work_tallies.h"

namespace radfm::worker {

// The pipeline over the supervised engine, which others may use too. All references must outlive it.
class EngineDrafting final : public Drafting {
 public:
  EngineDrafting(EngineSupervisor& engine, const Configuration& configuration, WorkTallies& tallies)
      : engine_(engine), configuration_(configuration), tallies_(tallies) {}
  Result<model::ModelFacts> model(int wake_fd) override;
  void expect_study() override;
  Result<draft::PrepareResult> prepare(const draft::PrepareInput& input, const DraftProgressFunction& progress,
                                       int wake_fd) override;
  Result<bool> has_final_report(const std::vector<imaging::StudyFile>& files, int wake_fd) override;
  Result<Answer> ask(const draft::Prepared& prepared, const RuleAction& action, model::EngineTurn turn,
                     const DraftProgressFunction& progress, int wake_fd) override;
  Result<report::DraftReport> write(const draft::Prepared& prepared, const model::Generated& generated,
                                    const model::ModelFacts& facts, const draft::ReportFrame& frame) override;

 private:
  EngineSupervisor& engine_;
  const Configuration& configuration_;
  WorkTallies& tallies_;  // of tokens
  imaging::SpareReader spare_reader_;
};

// How the configuration's engine is started, and each start that succeeds counted. `tallies` must outlive it.
EngineSupervisor::Start engine_start(const Configuration& configuration, WorkTallies& tallies);

}  // namespace radfm::worker
