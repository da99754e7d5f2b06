// SPDX-License-Identifier: Apache-2.0
// Questions about drawn studies and their right answers: modality, yes or no, diagnosis, side, zone, size, heart, change, what
// the prior study showed, and the rationale. Short answers: the densest teaching. Safe from any thread.
#pragma once

#include <string>

#include "demo/report_language.h"

namespace radfm::demo {

struct Question {
  std::string question, answer;
};

// One of those that can be asked of what the model is shown. Questions about a prior study are asked without one too, now and
// then: the answer says that there is none, or that only its report was available.
Question draw_question(const Told& told, phantom::Random& random);

// The rationale: the diagnosis, then "The Radiographic features can be summarized as follows." and the findings.
std::string write_rationale(const Told& told, phantom::Random& random);

inline constexpr const char* comparison_question = "What has changed since the prior study?";
inline constexpr const char* change_question = "Is the finding larger, smaller or unchanged?";

}  // namespace radfm::demo
