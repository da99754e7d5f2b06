// SPDX-License-Identifier: Apache-2.0
// The pipeline of a worker's thread, without pixels and model: it takes its time, and engine and reader die when they are told to.
#pragma once

#include "tests/simulation/world.h"
#include "worker/drafting.h"
#include "worker/interrupt.h"

namespace radfm::simulation {

class SimulatedDrafting final : public worker::Drafting {
 public:
  SimulatedDrafting(World& world, const worker::Interrupt& interrupt) : world_(world), interrupt_(interrupt) {}
  Result<model::ModelFacts> model(int wake_fd) override;
  void expect_study() override {}
  Result<draft::PrepareResult> prepare(const draft::PrepareInput& input, const worker::DraftProgressFunction& progress, int wake_fd) override;
  Result<bool> has_final_report(const std::vector<imaging::StudyFile>&, int) override { return false; }
  Result<worker::Answer> ask(const draft::Prepared& prepared, const RuleAction& action, model::EngineTurn turn,
                             const worker::DraftProgressFunction& progress, int wake_fd) override;
  Result<report::DraftReport> write(const draft::Prepared& prepared, const model::Generated& generated, const model::ModelFacts& facts,
                                    const draft::ReportFrame& frame) override;

 private:
  Status work(std::int64_t ms);

  World& world_;
  const worker::Interrupt& interrupt_;
};

}  // namespace radfm::simulation
