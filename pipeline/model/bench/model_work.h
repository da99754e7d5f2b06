// SPDX-License-Identifier: Apache-2.0
// What the network asks of a machine at least, from its sizes alone: each weight that is used read once, each product's
// multiplications and additions. Norms, angles and activations are left out. Links no torch.
#pragma once

#include <cstdint>

#include "pipeline/model/bench/work.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

// What the weights are, in memory: the type that the model computes in, and whether the language model's matrices are packed.
struct WeightForm {
  WeightType type = WeightType::f32;
  bool packed = false;
};

// Of one image of that many slices through tower, perceiver and projection. The three channels of a grey picture count as one.
Work vision_work(const ModelConfig& config, WeightForm form, int depth);
// Of reading a prompt of that many tokens, with the logits of its last position.
Work prefill_work(const ModelConfig& config, WeightForm form, std::int64_t tokens);
// Of one more token for each of `sequences`, each with `cached` positions behind it.
Work decode_work(const ModelConfig& config, WeightForm form, std::int64_t sequences, std::int64_t cached);
// Of a report: images of that many slices, a prompt, and new tokens, the first of which the prompt gives.
struct ReportSizes {
  int images = 0, depth = 0, prompt_tokens = 0, new_tokens = 0;
};
Work report_work(const ModelConfig& config, WeightForm form, const ReportSizes& sizes);

}  // namespace radfm::model
