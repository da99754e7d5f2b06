// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_drafting.h"

#include "pipeline/draft/final_report.h"

namespace radfm::worker {

Result<model::ModelFacts> EngineDrafting::model(int wake_fd) {
  return engine_.model(wake_fd);
}

void EngineDrafting::expect_study() { spare_reader_.start(draft::reader_limits(configuration_.reader)); }

Result<draft::PrepareResult> EngineDrafting::prepare(const draft::PrepareInput& input,
                                                     const DraftProgressFunction& progress, int wake_fd) {
  draft::PrepareInput with_reader = input;
  with_reader.spare_reader = &spare_reader_;
  return draft::prepare(with_reader, progress, wake_fd);
}

Result<bool> EngineDrafting::has_final_report(const std::vector<imaging::StudyFile>& files, int wake_fd) {
  return draft::has_final_report(files, configuration_, wake_fd);
}

Result<Answer> EngineDrafting::ask(const draft::Prepared& prepared, const RuleAction& action, model::EngineTurn turn,
                                   const DraftProgressFunction& progress, int wake_fd) {
  Answer answer;
  const auto question = [&](model::EngineClient& engine, model::EngineTurn this_turn) {
    return draft::ask_model(engine, prepared, action, configuration_, progress, wake_fd, this_turn);
  };
  Result<model::Generated> generated = engine_.ask(question, turn, &answer.model, wake_fd);
  if (!generated) return generated.error();
  tallies_.count(db::tally_prompt_tokens, "", generated->prompt_tokens);
  tallies_.count(db::tally_generated_tokens, "", static_cast<std::int64_t>(generated->token_ids.size()));
  answer.generated = std::move(*generated);
  return answer;
}

Result<report::DraftReport> EngineDrafting::write(const draft::Prepared& prepared, const model::Generated& generated,
                                                  const model::ModelFacts& facts, const draft::ReportFrame& frame) {
  return draft::write_report(prepared, generated, facts, configuration_, frame);
}

EngineSupervisor::Start engine_start(const Configuration& configuration, WorkTallies& tallies) {
  const model::EngineStart start{.program = sibling_program("radfm-engine"),
                                 .model_directory = configuration.model.directory,
                                 .device = configuration.model.device,
                                 .threads = configuration.model.threads,
                                 .load_timeout_ms = configuration.model.load_timeout_ms,
                                 .dtype = configuration.model.dtype,
                                 .embedding_cache_mb = configuration.model.embedding_cache_mb,
                                 .stall_timeout_ms = configuration.model.stall_timeout_ms,
                                 .jobs_at_once = configuration.model.jobs_at_once};
  return [start, &tallies](int wake_fd) {
    Result<model::EngineClient> started = model::EngineClient::start(start, wake_fd);
    if (started) tallies.count(db::tally_engine_starts, "");
    return started;
  };
}

}  // namespace radfm::worker
