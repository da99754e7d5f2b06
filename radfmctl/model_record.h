// SPDX-License-Identifier: Apache-2.0
// radfmctl model record DIR: what the model answers, computed once in float32 on the processor and kept beside the
// weights (pipeline/model/known_answer.h). The engine compares it each time that it loads the model.
#pragma once

#include <string>

namespace radfm::ctl {

// An exit code.
int record_known_answer(const std::string& model_directory, bool json);

}  // namespace radfm::ctl
