// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/case_tokenizer.h"

namespace radfm::model::check {

Result<std::filesystem::path> find_tokenizer(Case& golden, const std::string& name,
                                             const CheckOptions& options) {
  if (options.tokenizer) return *options.tokenizer;
  if (const auto found = golden.find_file(name)) return *found;
  std::error_code error;
  for (const auto& library : options.more_libraries)
    for (const auto& place : {library / "tokenizer" / "tokenizer.model", library / "tokenizer.model"})
      if (std::filesystem::is_regular_file(place, error)) return place;
  return permanent_error("case_unreadable", "there is no " + shown(name) +
                                                " beside the case; name the tokenizer with --tokenizer FILE");
}

Result<Tokenizer> load_tokenizer(const std::filesystem::path& file, int vocab, int latents) {
  ModelConfig config;
  config.llama.vocab = vocab;
  config.perceiver.latents = latents;
  auto tokenizer = Tokenizer::load(file, config);
  if (!tokenizer) return permanent_error("case_unreadable", tokenizer.error().message);
  return tokenizer;
}

bool has_special_tokens(std::string_view text) {
  return text.find("<image") != std::string_view::npos || text.find("</image>") != std::string_view::npos;
}

}  // namespace radfm::model::check
