// SPDX-License-Identifier: Apache-2.0
// The tokenizer that a case is judged with.
#pragma once

#include <cstdint>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model::check {

inline constexpr std::int64_t prompt_special_images = 100;  // image tokens that the authors' data code adds

// Where the tokenizer is: options.tokenizer, else `name` in or beside the case's folder, else in
// options.more_libraries. permanent "case_unreadable" when there is none.
Result<std::filesystem::path> find_tokenizer(Case& golden, const std::string& name,
                                             const CheckOptions& options);

// Loads it for a vocabulary of `vocab` pieces and `latents` placeholders an image.
Result<Tokenizer> load_tokenizer(const std::filesystem::path& file, int vocab, int latents);

// The text holds something that the authors' tokenizer would read as a special token.
bool has_special_tokens(std::string_view text);

}  // namespace radfm::model::check
