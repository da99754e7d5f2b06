// SPDX-License-Identifier: Apache-2.0
// The language of the demonstration: prompts and reports about chest phantoms, as many as wanted, the same
// for the same number on every machine. What the demonstration's tokenizer is trained on.
#pragma once

#include <cstdint>
#include <string>

namespace radfm::demo {

// Text `number` of the language: a prompt (context, prior report, question) and its answer, images left out.
std::string grammar_text(std::uint64_t number);

}  // namespace radfm::demo
