// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/percent_encoding.h"

#include <optional>

namespace radfm::plugin {
namespace {

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// "%4d..."
std::optional<char> byte_at_start(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const auto high = hex_digit(text[1]), low = hex_digit(text[2]);
  if (!high || !low) return std::nullopt;
  return static_cast<char>(*high * 16 + *low);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const auto byte = byte_at_start(text);
    decoded += byte ? *byte : text[0] == '+' ? ' ' : text[0];
    text = text.substr(byte ? 3 : 1);
  }
  return decoded;
}

}  // namespace radfm::plugin
