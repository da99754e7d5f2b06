// SPDX-License-Identifier: Apache-2.0
#include "demo/tokenizer/report_grammar.h"

#include "demo/exercise.h"

namespace radfm::demo {
namespace {

constexpr std::uint64_t captions_every = 10;

}  // namespace

std::string grammar_text(std::uint64_t number) {
  const std::uint64_t seed = number * 0x9E3779B97F4A7C15ull + 0x70CE17ull;
  const bool volume = number % 2 == 1;
  const Exercise exercise = number % captions_every == 0 ? caption_exercise(seed, volume) : draw_exercise(seed, volume);
  std::string text;
  for (const model::PromptPart& part : exercise.prompt()) {
    if (const auto* words = std::get_if<std::string>(&part)) text += *words;
  }
  return text + " " + exercise.answer;
}

}  // namespace radfm::demo
