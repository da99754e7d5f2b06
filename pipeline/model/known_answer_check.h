// SPDX-License-Identifier: Apache-2.0
// The loaded network against its known answer (known_answer.h). Costs known_answer_tokens tokens and one image.
#pragma once

#include "pipeline/model/known_answer.h"
#include "pipeline/model/radfm.h"

namespace radfm::model {

// permanent "model_output_not_finite".
Result<KnownAnswer> computed_answer(const Radfm& model, const KnownQuestion& question);

// Asks several questions and keeps the one whose tokens lead by the most: the sharper a known answer, the less of it
// rounding can turn. For a model that computes in float32. permanent "model_output_not_finite".
Result<KnownAnswer> sharpest_answer(const Radfm& model, const std::string& weights_digest);

// What can be said without a recorded answer: the numbers are finite, and two different images do not give the same.
// permanent "model_output_not_finite", "model_ignores_images".
Status check_without_answer(const Radfm& model);

}  // namespace radfm::model
