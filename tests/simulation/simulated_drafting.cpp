// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/simulated_drafting.h"

namespace radfm::simulation {
namespace {

bool met(int& times) { return times > 0 && times-- > 0; }

}  // namespace

Status SimulatedDrafting::work(std::int64_t ms) {
  if (world_.scheduler.sleep(ms, [this] { return interrupt_.reason() != worker::Interrupt::Reason::none; })) {
    return cancelled_error("woken", "the job was interrupted");
  }
  return {};
}

Result<model::ModelFacts> SimulatedDrafting::model(int) {
  if (met(world_.engine_trouble.away)) return transient_error("model_not_ready", "the engine is starting");
  model::ModelFacts facts;
  facts.name = "simulated";
  facts.digest = "model-1";
  return facts;
}

Result<draft::PrepareResult> SimulatedDrafting::prepare(const draft::PrepareInput& input, const worker::DraftProgressFunction&, int) {
  if (Status worked = work(world_.draw.between(50, 2'000)); !worked) return worked.error();
  if (met(world_.engine_trouble.reader_dies)) return poison_error("reader_crashed", "signal 11");
  draft::PrepareResult result;
  result.prepared.emplace();
  // Every other image changes nothing of what the model would be shown.
  result.prepared->input_digest = "input-" + std::to_string(input.files->size() / 2);
  return result;
}

Result<worker::Answer> SimulatedDrafting::ask(const draft::Prepared& prepared, const RuleAction&, model::EngineTurn,
                                              const worker::DraftProgressFunction& progress, int) {
  const int pieces = 3;
  for (int i = 0; i < pieces; ++i) {
    if (Status worked = work(world_.draw.between(500, 8'000)); !worked) return worked.error();
    progress({JobStage::generating, i + 1, pieces, "Findings"});
  }
  if (met(world_.engine_trouble.dies)) return poison_error("engine_crashed", "signal 6");
  if (met(world_.engine_trouble.out_of_memory)) return poison_error("engine_out_of_memory", "the device's memory ran out");
  worker::Answer answer;
  answer.generated.text = "Findings: none in " + prepared.input_digest + ".";
  if (met(world_.engine_trouble.flagged)) answer.generated.flags.push_back(*world_.configuration.report.holding_flags.begin());
  answer.model.name = "simulated";
  answer.model.digest = "model-1";
  return answer;
}

Result<report::DraftReport> SimulatedDrafting::write(const draft::Prepared&, const model::Generated& generated, const model::ModelFacts&,
                                                     const draft::ReportFrame& frame) {
  report::DraftReport draft;
  draft.dicom = world_.drafts.make(frame.uids, ++world_.drafts_written);
  draft.text = generated.text;
  if (const SimulatedStudy* study = world_.study_of_uid(frame.identity.study_instance_uid)) {
    world_.study_of_report[frame.uids.sr_sop_instance_uid] = study->name;
  }
  return draft;
}

}  // namespace radfm::simulation
