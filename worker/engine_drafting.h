// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "worker/drafting.h"
#include "worker/engine_supervisor.h"

namespace radfm::worker {

// The pipeline over the supervised engine, which others may use too. Both references must outlive it.
class EngineDrafting final : public Drafting {
 public:
  EngineDrafting(EngineSupervisor& engine, const Configuration& configuration)
      : engine_(engine), configuration_(configuration) {}
  Result<model::ModelFacts> model(int wake_fd) override;
  void expect_study() override;
  Result<draft::PrepareResult> prepare(const draft::PrepareInput& input, const DraftProgressFunction& progress,
                                       int wake_fd) override;
  Result<bool> has_final_report(const std::vector<imaging::StudyFile>& files, int wake_fd) override;
  Result<Answer> ask(const draft::Prepared& prepared, const RuleAction& action, const DraftProgressFunction& progress,
                     int wake_fd) override;
  Result<report::DraftReport> write(const draft::Prepared& prepared, const model::Generated& generated,
                                    const model::ModelFacts& facts, const draft::ReportFrame& frame) override;

 private:
  EngineSupervisor& engine_;
  const Configuration& configuration_;
  imaging::SpareReader spare_reader_;
};

// How the configuration's engine is started.
EngineSupervisor::Start engine_start(const Configuration& configuration);

}  // namespace radfm::worker
