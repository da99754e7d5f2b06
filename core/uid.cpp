// SPDX-License-Identifier: Apache-2.0
#include "core/uid.h"

namespace radfm {
namespace {

std::string_view cut_trailing(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<Uid> Uid::parse(std::string_view text) {
  text = cut_trailing(text);
  if (text.empty() || text.size() > uid_length_max) return std::nullopt;
  char before = '.';
  for (const char c : text) {
    const bool named = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    if (!named && c != '.') return std::nullopt;
    if (c == '.' && before == '.') return std::nullopt;
    before = c;
  }
  if (before == '.') return std::nullopt;
  return Uid(std::string(text));
}

std::optional<AeTitle> AeTitle::parse(std::string_view text) {
  text = cut_trailing(text);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty() || text.size() > ae_title_length_max) return std::nullopt;
  for (const char c : text) {
    if (c < ' ' || c > '~' || c == '\\') return std::nullopt;
  }
  return AeTitle(std::string(text));
}

}  // namespace radfm
