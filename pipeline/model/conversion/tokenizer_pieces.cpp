// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/tokenizer_pieces.h"

#include <cstdint>
#include <optional>

namespace radfm::model {
namespace {

constexpr int varint_bytes_max = 10;
constexpr std::uint64_t pieces_field = 1, piece_text_field = 1;
constexpr std::string_view first_pieces[] = {"<unk>", "<s>", "</s>"};

struct Field {
  std::uint64_t number = 0;
  std::string_view bytes;  // of a length-delimited one, else empty
};

std::optional<std::uint64_t> take_varint(std::string_view& rest) {
  std::uint64_t value = 0;
  for (int i = 0; i < varint_bytes_max && !rest.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  return {};
}

std::optional<Field> take_field(std::string_view& rest) {
  const auto key = take_varint(rest);
  if (!key) return {};
  Field field{*key >> 3, {}};
  std::uint64_t bytes = 0;
  switch (*key & 7) {
    case 0:
      return take_varint(rest) ? std::optional(field) : std::nullopt;
    case 1:
      bytes = 8;
      break;
    case 2: {
      const auto length = take_varint(rest);
      if (!length) return {};
      bytes = *length;
      break;
    }
    case 5:
      bytes = 4;
      break;
    default:
      return {};
  }
  if (bytes > rest.size()) return {};
  field.bytes = rest.substr(0, static_cast<std::size_t>(bytes));
  rest.remove_prefix(static_cast<std::size_t>(bytes));
  return field;
}

std::string_view text_of_piece(std::string_view piece) {
  while (!piece.empty()) {
    const auto field = take_field(piece);
    if (!field) return {};
    if (field->number == piece_text_field) return field->bytes;
  }
  return {};
}

}  // namespace

Result<std::size_t> count_tokenizer_pieces(std::string_view model) {
  const auto bad = [](const char* why) {
    return permanent_error(
        "model_tokenizer_bad",
        std::string("the tokenizer ") + why + "; give the tokenizer.model that the model was published with");
  };
  std::size_t pieces = 0;
  while (!model.empty()) {
    const auto field = take_field(model);
    if (!field) return bad("is no SentencePiece model, or it was cut");
    if (field->number != pieces_field) continue;
    if (pieces < std::size(first_pieces) && text_of_piece(field->bytes) != first_pieces[pieces])
      return bad("does not begin with <unk>, <s>, </s>");
    ++pieces;
  }
  if (pieces < std::size(first_pieces)) return bad("holds no pieces");
  return pieces;
}

}  // namespace radfm::model
