// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/prompt_fitting.h"

#include <algorithm>
#include <set>
#include <string>

namespace radfm::model {
namespace {

// The parts that are left, and the images that they name.
FittedPrompt without(const Prompt& prompt, const std::vector<bool>& cut) {
  FittedPrompt fitted;
  std::set<std::size_t> named;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    if (cut[i]) continue;
    fitted.prompt.push_back(prompt[i]);
    if (const auto* image = std::get_if<ImagePart>(&prompt[i])) named.insert(image->image);
  }
  fitted.images.assign(named.begin(), named.end());
  for (PromptPart& part : fitted.prompt) {
    if (auto* image = std::get_if<ImagePart>(&part)) {
      const auto at = std::lower_bound(fitted.images.begin(), fitted.images.end(), image->image);
      image->image = static_cast<std::size_t>(at - fitted.images.begin());
    }
  }
  return fitted;
}

Error too_long(std::size_t tokens, const GenerateOptions& options, int context_tokens) {
  const auto text = [](auto number) { return std::to_string(number); };
  return permanent_error(
      prompt_too_long_code,
      "the prompt has " + text(tokens) + " tokens" +
          (options.cuts.empty() ? "" : " without any prior study (current images, context and question alone)") +
          "; the model's context of " + text(context_tokens) + " leaves " +
          text(prompt_tokens_max(context_tokens, options.max_new_tokens)) + ", for " +
          text(answer_room(context_tokens, options.max_new_tokens)) +
          " are kept for the answer. Shorten the rule's question (action.prompt_2d, action.prompt_3d) or lower its "
          "action.max_new_tokens");
}

}  // namespace

int answer_room(int context_tokens, int max_new_tokens) {
  return std::max(1, std::min(max_new_tokens, context_tokens / 2));
}

int prompt_tokens_max(int context_tokens, int max_new_tokens) {
  return context_tokens - answer_room(context_tokens, max_new_tokens);
}

Result<FittedPrompt> fit_prompt(const Prompt& prompt, const GenerateOptions& options, int context_tokens,
                                const CountTokens& count) {
  const auto most = static_cast<std::size_t>(std::max(0, prompt_tokens_max(context_tokens, options.max_new_tokens)));
  std::vector<bool> cut(prompt.size(), false);
  for (std::size_t made = 0;; ++made) {
    FittedPrompt fitted = without(prompt, cut);
    fitted.cuts_made = static_cast<int>(made);
    const std::size_t tokens = count(fitted.prompt);
    if (tokens <= most) return fitted;
    if (made == options.cuts.size()) return too_long(tokens, options, context_tokens);
    for (const std::size_t part : options.cuts[made]) cut.at(part) = true;
  }
}

}  // namespace radfm::model
