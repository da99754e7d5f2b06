// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/generation.h"

#include <algorithm>

#include "pipeline/model/radfm.h"
#include "pipeline/model/sequence.h"

namespace radfm::model {
namespace {

constexpr std::size_t loop_period_max = 32, loop_times = 4, loop_tokens_min = 12;

}  // namespace

Error prompt_too_long(std::size_t tokens, const ModelConfig& config) {
  return permanent_error("prompt_too_long", "the prompt has " + std::to_string(tokens) +
                                                " tokens; the model reads at most " +
                                                std::to_string(config.llama.context - 1) +
                                                ". Show fewer images or less prior text.");
}

bool ends_in_loop(const std::vector<int>& ids) {
  for (std::size_t period = 1; period <= loop_period_max; ++period) {
    const std::size_t length = std::max(period * loop_times, loop_tokens_min);
    if (length > ids.size()) continue;
    if (std::equal(ids.end() - static_cast<std::ptrdiff_t>(length - period), ids.end(),
                   ids.end() - static_cast<std::ptrdiff_t>(length)))
      return true;
  }
  return false;
}

Result<GeneratedTokens> generate_tokens(const Radfm& model, const std::vector<int>& prompt, const ModelInput& images,
                                        int max_new_tokens, const GenerationControl& control) {
  const std::shared_ptr<const ModelInput> lent(std::shared_ptr<const ModelInput>(), &images);
  Sequence sequence(model, prompt, lent, max_new_tokens, control);
  while (!sequence.has_ended()) {
    if (control.between_steps) control.between_steps();
    if (sequence.decodes())
      decode_together({&sequence});
    else
      sequence.prepare_step();
  }
  return sequence.result();
}

}  // namespace radfm::model
