// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "pipeline/draft/checked_draft.h"
#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/identity_words.h"

namespace radfm::draft {
namespace {

JobStage stage_of(const std::string& engine_stage) {
  if (engine_stage == "vision") return JobStage::vision;
  if (engine_stage == "reading_prompt") return JobStage::reading_prompt;
  if (engine_stage == "generating") return JobStage::generating;
  return JobStage::waiting_for_model;
}

}  // namespace

void flag_text(model::Generated& generated, const AttributeSet& header) {
  IdentityWords identities;
  identities.add(header);
  if (identities.names_patient(generated.text)) generated.flags.emplace_back(patient_name_flag);
}

void flag_text(model::Generated& generated, const Prepared& prepared) {
  flag_text(generated, prepared.current.header);
  for (const TextFlag& found : check_text(checked_draft(prepared, generated))) {
    if (std::ranges::find(generated.flags, found.code) == generated.flags.end()) generated.flags.emplace_back(found.code);
  }
}

Status check_held(const model::Generated& generated, const ReportSettings& settings) {
  std::string held;
  for (const std::string& found : generated.flags) {
    if (settings.holding_flags.contains(found)) held += (held.empty() ? "" : ", ") + found;
  }
  if (held.empty()) return {};
  return permanent_error(held_for_review, "the draft's text is flagged (" + held +
                                              "), which report.flags holds back for a person: read it on the job's page or with "
                                              "radfmctl queue show; radfmctl queue release has this text sent");
}

Result<model::Generated> ask_model(model::EngineClient& engine, const Prepared& prepared, const RuleAction& action,
                                   const Configuration& configuration,
                                   const std::function<void(const DraftProgress&)>& progress, int wake_fd, model::EngineTurn turn) {
  std::vector<model::EngineImage> images;
  for (std::size_t i = 0; i < prepared.images.size(); ++i) {
    if (prepared.images[i]->display.size() != prepared.shapes[i].bytes()) broken_invariant("pixels without their shape");
    images.push_back({prepared.shapes[i], prepared.images[i]->display});
  }
  const auto tell = [&](const model::EngineProgress& p) {
    if (progress) progress({stage_of(p.stage), p.done, p.of, p.text_so_far});
  };
  model::GenerateOptions options{action.max_new_tokens};
  for (const PriorCut& cut : prepared.cuts) options.cuts.push_back(cut.parts);
  Result<model::Generated> generated =
      engine.generate(prepared.prompt, images, options, configuration.model.generate_timeout_ms, tell, wake_fd, turn);
  if (generated) flag_text(*generated, prepared);
  return generated;
}

}  // namespace radfm::draft
