// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/xml_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

constexpr std::size_t declaration_bytes_max = 256, name_bytes_max = 40;
constexpr std::string_view known_to_parser[] = {"UTF-8",    "UTF-16",     "UTF-16LE",
                                                "UTF-16BE", "ISO-8859-1", "US-ASCII"};

// The name in `<?xml ... encoding="NAME"?>` (XML 1.0 2.8), empty when there is none.
std::string declared_encoding(std::string_view document) {
  std::string_view declaration = document.substr(0, declaration_bytes_max);
  if (!declaration.starts_with("<?xml")) return {};
  declaration = declaration.substr(0, declaration.find("?>"));
  const std::size_t key = declaration.find("encoding");
  const std::size_t open = key == std::string_view::npos ? key : declaration.find_first_of("\"'", key);
  if (open == std::string_view::npos) return {};
  const std::size_t close = declaration.find(declaration[open], open + 1);
  return close == std::string_view::npos ? "" : std::string(declaration.substr(open + 1, close - open - 1));
}

bool is_sound_name(const std::string& name) {
  return !name.empty() && name.size() <= name_bytes_max && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::optional<std::string> converted(std::string_view document, iconv_t conversion) {
  std::string utf8, from(document);
  std::array<char, 16'384> piece{};
  char* in = from.data();
  std::size_t left = from.size();
  while (left > 0) {
    char* out = piece.data();
    std::size_t room = piece.size();
    const bool whole = ::iconv(conversion, &in, &left, &out, &room) != static_cast<std::size_t>(-1);
    if (!whole && errno != E2BIG) return std::nullopt;
    utf8.append(piece.data(), piece.size() - room);
  }
  return utf8;
}

}  // namespace

ConvertedXml convert_xml(std::span<const std::uint8_t> document) {
  const std::string_view text(reinterpret_cast<const char*>(document.data()), document.size());
  const std::string name = declared_encoding(text), upper = upper_case(name);
  if (name.empty() ||
      std::find(std::begin(known_to_parser), std::end(known_to_parser), upper) != std::end(known_to_parser))
    return {};
  if (!is_sound_name(name)) return {std::nullopt, false};
  const iconv_t conversion = ::iconv_open("UTF-8", name.c_str());
  if (conversion == reinterpret_cast<iconv_t>(-1)) return {std::nullopt, false};
  ConvertedXml result{converted(text, conversion), true};
  ::iconv_close(conversion);
  result.known = result.utf8.has_value();
  return result;
}

}  // namespace radfm::imaging
