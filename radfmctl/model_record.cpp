// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/model_record.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "pipeline/model/engine_client.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

int record_known_answer(const std::string& model_directory, bool json) {
  model::EngineStart start;
  start.program = sibling_program("radfm-engine");
  start.model_directory = model_directory;
  start.record_known_answer = true;
  const Result<model::EngineClient> engine = model::EngineClient::start(start);
  if (!engine) return complain(engine.error(), exit_wrong);
  const model::ModelFacts& facts = engine->facts();
  if (json) {
    std::cout << model::to_json(facts).dump(2) << "\n";
  } else {
    std::cout << "known_answer.json written for the weights " << facts.digest << "\n";
  }
  return exit_done;
}

}  // namespace radfm::ctl
