// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/element_text.h"

#include <dcmtk/dcmdata/dcelem.h>

#include <algorithm>
#include <cmath>

#include "pipeline/imaging/utf8_text.h"

namespace radfm::imaging {

std::string text_of(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  OFString value;
  if (item.findAndGetElement(tag, element).bad() || element == nullptr) return {};
  if (element->ident() == EVR_SQ || element->getOFStringArray(value, OFFalse).bad()) return {};
  return trimmed(valid_utf8({value.data(), value.size()}));
}

std::vector<std::string> texts_of(DcmItem& item, const DcmTagKey& tag) {
  const std::string all = text_of(item, tag);
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (!all.empty() && begin <= all.size()) {
    const std::size_t end = std::min(all.find('\\', begin), all.size());
    parts.push_back(trimmed(std::string_view(all).substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

std::optional<double> number_of(DcmItem& item, const DcmTagKey& tag) {
  const auto parts = texts_of(item, tag);
  return parts.empty() ? std::nullopt : parse_number(parts.front());
}

std::optional<int> integer_of(DcmItem& item, const DcmTagKey& tag) {
  const auto number = number_of(item, tag);
  if (!number || *number != std::floor(*number) || std::abs(*number) > 2e9) return std::nullopt;
  return static_cast<int>(*number);
}

std::vector<double> numbers_of(DcmItem& item, const DcmTagKey& tag) {
  std::vector<double> numbers;
  for (const auto& part : texts_of(item, tag)) {
    const auto number = parse_number(part);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

std::vector<std::uint16_t> words_of(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad() || element == nullptr) return {};
  const std::size_t count = element->getLengthField() / 2;
  Uint16* words = nullptr;
  Sint16* signed_words = nullptr;
  if (element->getUint16Array(words).good() && words != nullptr) return {words, words + count};
  if (element->getSint16Array(signed_words).good() && signed_words != nullptr) {
    return {signed_words, signed_words + count};
  }
  return {};
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

}  // namespace radfm::imaging
