// SPDX-License-Identifier: Apache-2.0
#include "worker/engine_drafting.h"

namespace radfm::worker {

Result<model::ModelFacts> EngineDrafting::model(int wake_fd) {
  if (Status warm = engine_.warm(wake_fd); !warm) return warm.error();
  return engine_.engine().facts();
}

void EngineDrafting::expect_study() { spare_reader_.start(draft::reader_limits(configuration_.reader)); }

Result<draft::PrepareResult> EngineDrafting::prepare(const draft::PrepareInput& input,
                                                     const DraftProgressFunction& progress, int wake_fd) {
  draft::PrepareInput with_reader = input;
  with_reader.spare_reader = &spare_reader_;
  return draft::prepare(with_reader, progress, wake_fd);
}

Result<model::Generated> EngineDrafting::ask(const draft::Prepared& prepared, const RuleAction& action,
                                             const DraftProgressFunction& progress, int wake_fd) {
  // The engine may have died since the prompt was made; the one that takes its place loads the same model directory.
  if (Status warm = engine_.warm(wake_fd); !warm) return warm.error();
  return draft::ask_model(engine_.engine(), prepared, action, configuration_, progress, wake_fd);
}

Result<report::DraftReport> EngineDrafting::write(const draft::Prepared& prepared, const model::Generated& generated,
                                                  const model::ModelFacts& facts, const draft::ReportFrame& frame) {
  return draft::write_report(prepared, generated, facts, configuration_, frame);
}

EngineSupervisor::Start engine_start(const Configuration& configuration) {
  const model::EngineStart start{.program = sibling_program("radfm-engine"),
                                 .model_directory = configuration.model.directory,
                                 .device = configuration.model.device,
                                 .threads = configuration.model.threads,
                                 .load_timeout_ms = configuration.model.load_timeout_ms,
                                 .dtype = configuration.model.dtype,
                                 .embedding_cache_mb = configuration.model.embedding_cache_mb};
  return [start](int wake_fd) { return model::EngineClient::start(start, wake_fd); };
}

}  // namespace radfm::worker
