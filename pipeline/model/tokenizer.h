// SPDX-License-Identifier: Apache-2.0
// RadFM's tokens: the SentencePiece model of LLaMA, and behind its vocabulary <image>, </image> and the
// placeholders of each image (ModelConfig). Text can never become a control or image token, whatever is
// written in it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

inline constexpr std::size_t tokenizer_bytes_max = 32u << 20;
inline constexpr int unknown_token = 0, start_token = 1, end_token = 2;  // <unk>, <s>, </s>

// Immutable after loading; encode and decode may be called from any thread.
class Tokenizer {
 public:
  // permanent "model_tokenizer_bad": unreadable, not `config.llama.vocab` pieces, or control tokens at other
  // ids.
  static Result<Tokenizer> load(const std::filesystem::path& file, const ModelConfig& config);
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // <s>, then the parts. Neighbouring texts are one text. Whitespace of a text is stripped on a side that
  // touches an image (as Python's str.strip: newlines and Unicode blanks too); a text that is then empty
  // gives nothing.
  std::vector<int> encode(const Prompt& prompt) const;

  // The same for a text in which <image>, </image> and <image0>, <image1>, ... mean the special tokens, for
  // `images` images: how the authors' code sees a prompt. For tests and golden cases only: never for text
  // from outside.
  std::vector<int> encode_with_specials(std::string_view text, std::size_t images) const;

  // Valid UTF-8. Control, image and impossible ids are dropped first; the blank that SentencePiece puts
  // before the first piece is cut; byte pieces that follow one another are read as UTF-8, each stray byte of
  // them becomes U+FFFD.
  std::string decode(const std::vector<int>& ids) const;

 private:
  struct State;
  explicit Tokenizer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace radfm::model
