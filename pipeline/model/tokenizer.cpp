// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <array>

#include "pipeline/model/file_text.h"
#include "pipeline/model/unicode_text.h"

namespace radfm::model {
namespace {

constexpr std::string_view blank_mark = "\xE2\x96\x81";  // U+2581, SentencePiece's blank

// A special token in a text: its id and length; length 0: none here.
struct Special {
  int id = 0;
  std::size_t length = 0;
};

// Longest match first: "</image>", "<image12>" before "<image>" cannot both fit at one place.
Special special_at(std::string_view text, const ModelConfig& config, std::size_t images) {
  constexpr std::string_view open = "<image", close = "</image>";
  if (text.starts_with(close)) return {config.image_end_token(), close.size()};
  if (!text.starts_with(open)) return {};
  std::size_t at = open.size();
  std::size_t number = 0, digits = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 7) {
    number = number * 10 + static_cast<std::size_t>(text[at] - '0');
    ++at, ++digits;
  }
  if (at >= text.size() || text[at] != '>') return {};
  if (digits == 0) return {config.image_token(), at + 1};
  if (digits > 1 && text[open.size()] == '0') return {};  // no leading zeros
  if (number >= images * static_cast<std::size_t>(config.perceiver.latents)) return {};
  return {config.first_placeholder(0) + static_cast<int>(number), at + 1};
}

}  // namespace

struct Tokenizer::State {
  sentencepiece::SentencePieceProcessor pieces;
  ModelConfig config;

  // One stretch of text between special tokens.
  void append(std::string_view text, bool strip_left, bool strip_right, std::vector<int>& ids) const {
    if (strip_left) text = without_leading_blanks(text);
    if (strip_right) text = without_trailing_blanks(text);
    if (text.empty()) return;
    std::vector<int> encoded;
    const auto status = pieces.Encode(text, &encoded);
    if (!status.ok()) broken_invariant("SentencePiece refused a text");
    ids.insert(ids.end(), encoded.begin(), encoded.end());
  }
};

Tokenizer::Tokenizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file, const ModelConfig& config) {
  auto bytes = read_file_text(file, tokenizer_bytes_max);
  if (!bytes) return bytes.error();
  const auto bad = [&](const std::string& why) {
    return permanent_error("model_tokenizer_bad", file.string() + " " + why);
  };
  auto state = std::make_unique<State>();
  state->config = config;
  const auto status = state->pieces.LoadFromSerializedProto(*bytes);
  if (!status.ok()) return bad("is no SentencePiece model");
  if (state->pieces.GetPieceSize() != config.llama.vocab)
    return bad("has " + std::to_string(state->pieces.GetPieceSize()) +
               " pieces, config.json's llama.vocab is " + std::to_string(config.llama.vocab));
  if (!state->pieces.IsUnknown(unknown_token) || !state->pieces.IsControl(start_token) ||
      !state->pieces.IsControl(end_token))
    return bad("must have <unk>, <s> and </s> as its pieces 0, 1 and 2");
  return Tokenizer(std::move(state));
}

std::vector<int> Tokenizer::encode(const Prompt& prompt) const {
  std::vector<int> ids{start_token};
  const ModelConfig& config = state_->config;
  std::string text;
  bool after_image = false;
  for (const auto& part : prompt) {
    if (const auto* words = std::get_if<std::string>(&part)) {
      text += *words;
      continue;
    }
    state_->append(text, after_image, true, ids);
    text.clear();
    after_image = true;
    const std::size_t image = std::get<ImagePart>(part).image;
    ids.push_back(config.image_token());
    for (int i = 0; i < config.perceiver.latents; ++i) ids.push_back(config.first_placeholder(image) + i);
    ids.push_back(config.image_end_token());
  }
  state_->append(text, after_image, false, ids);
  return ids;
}

std::vector<int> Tokenizer::encode_with_specials(std::string_view text, std::size_t images) const {
  std::vector<int> ids{start_token};
  std::size_t begin = 0;
  bool after_special = false;
  for (std::size_t at = 0; at < text.size();) {
    const Special special = text[at] == '<' ? special_at(text.substr(at), state_->config, images) : Special{};
    if (special.length == 0) {
      ++at;
      continue;
    }
    state_->append(text.substr(begin, at - begin), after_special, true, ids);
    ids.push_back(special.id);
    at += special.length;
    begin = at;
    after_special = true;
  }
  state_->append(text.substr(begin), after_special, false, ids);
  return ids;
}

std::string Tokenizer::decode(const std::vector<int>& ids) const {
  const auto& pieces = state_->pieces;
  std::string text, raw;
  bool blank_cut = false;
  const auto end_bytes = [&] {
    text += valid_utf8(raw);
    raw.clear();
  };
  for (const int id : ids) {
    if (id <= end_token || id >= pieces.GetPieceSize() || pieces.IsControl(id)) continue;
    const std::string& piece = pieces.IdToPiece(id);
    if (pieces.IsByte(id)) {
      raw += static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16));  // "<0x0A>"
      continue;
    }
    end_bytes();
    std::string_view rest = piece;
    if (!blank_cut && text.empty() && rest.starts_with(blank_mark)) {
      rest.remove_prefix(blank_mark.size());
      blank_cut = true;
    }
    for (std::size_t mark; (mark = rest.find(blank_mark)) != std::string_view::npos;
         rest.remove_prefix(mark + blank_mark.size()))
      text.append(rest.substr(0, mark)).append(" ");
    text += rest;
  }
  end_bytes();
  return text;
}

}  // namespace radfm::model
