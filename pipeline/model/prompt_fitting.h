// SPDX-License-Identifier: Apache-2.0
// The length limit of a prompt, counted before the model runs, and the rule by which a longer one is shortened: the cuts
// that its builder allows are made one after the other, whole, until it fits. A text is never cut in its middle, where it
// could lose its "no". No torch, no tokenizer: counting is handed in.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/result.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

// Prompt and answer share the model's context. The authors' code reads prompts up to the whole context (2048) and writes
// 200 tokens behind it, at positions that were never trained. Here the answer has its place inside: all that may be
// written (max_new_tokens), but at most half of the context, so that a generous limit does not take the prompt's place.
int answer_room(int context_tokens, int max_new_tokens);
// What is left for the prompt, <s> and images included: the longest prompt that is not shortened.
int prompt_tokens_max(int context_tokens, int max_new_tokens);

struct FittedPrompt {
  Prompt prompt;                    // its images are numbered anew, in the order of `images`
  std::vector<std::size_t> images;  // those of the request that are still named, ascending
  int cuts_made = 0;                // so many of the options' cuts, from the first
};

// Tokens of a prompt, <s> and images included.
using CountTokens = std::function<std::size_t(const Prompt&)>;

// `options.cuts` must fit `prompt` (cuts_from_json). permanent "prompt_too_long" when also the prompt without all that may
// be cut is longer than its limit.
Result<FittedPrompt> fit_prompt(const Prompt& prompt, const GenerateOptions& options, int context_tokens,
                                const CountTokens& count);

}  // namespace radfm::model
