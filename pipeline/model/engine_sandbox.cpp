// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_sandbox.h"

namespace radfm::model {

process::ProcessRights engine_rights(bool gpu, bool writes_known_answer) {
  return {.start_program = false, .unix_sockets = gpu, .write_files = gpu || writes_known_answer, .misuse_is_fatal = false};
}

bool enter_engine_sandbox(bool gpu, bool writes_known_answer) {
  return process::give_up_rights(process::rights_filter(engine_rights(gpu, writes_known_answer)));
}

}  // namespace radfm::model
