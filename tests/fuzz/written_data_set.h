// SPDX-License-Identifier: Apache-2.0
// A data set as a list of elements, written as its file would hold it. No library writes it, so it may be as wrong as it
// likes: elements out of order or twice, values of any form under any VR.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace radfm::fuzz {

struct WrittenElement;
using WrittenItem = std::vector<WrittenElement>;

struct WrittenElement {
  std::uint32_t tag = 0;
  std::string vr;     // two letters; "SQ": `items`, of defined length
  std::string value;  // cut at what the VR's length field can say
  std::vector<WrittenItem> items;
};

inline WrittenElement* find(WrittenItem& item, std::uint32_t tag) {
  const auto at = std::find_if(item.begin(), item.end(), [&](const WrittenElement& e) { return e.tag == tag; });
  return at == item.end() ? nullptr : &*at;
}

// Replaces the first element of that tag, or adds one.
inline WrittenElement& put(WrittenItem& item, std::uint32_t tag, std::string vr, std::string value) {
  WrittenElement element{tag, std::move(vr), std::move(value), {}};
  if (WrittenElement* old = find(item, tag)) return *old = std::move(element);
  return item.emplace_back(std::move(element));
}

inline std::string little_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

inline WrittenElement& put_word(WrittenItem& item, std::uint32_t tag, int value) {
  return put(item, tag, "US", little_endian(static_cast<std::uint16_t>(value), 2));
}

inline WrittenItem& put_item(WrittenItem& item, std::uint32_t tag) {
  WrittenElement* sequence = find(item, tag);
  if (sequence == nullptr) sequence = &put(item, tag, "SQ", "");
  return sequence->items.emplace_back();
}

// PS3.5 7.1.2 (explicit) or 7.1.3 (implicit), little endian.
inline std::string written(const WrittenItem& item, bool is_explicit) {
  constexpr std::string_view long_forms = "OB OW OF OD OL SQ UC UN UR UT";
  std::string out;
  for (const WrittenElement& element : item) {
    std::string value = element.value;
    for (const WrittenItem& inner : element.items) {
      const std::string body = written(inner, is_explicit);
      value += little_endian(0xE000FFFE, 4) + little_endian(body.size(), 4) + body;
    }
    if (value.size() % 2 != 0) value += ' ';
    out += little_endian(element.tag >> 16, 2) + little_endian(element.tag, 2);
    if (!is_explicit) {
      out += little_endian(value.size(), 4) + value;
    } else if (long_forms.find(element.vr) != std::string_view::npos) {
      out += element.vr + little_endian(0, 2) + little_endian(value.size(), 4) + value;
    } else {
      value.resize(std::min<std::size_t>(value.size(), 0xFFFE));
      out += element.vr + little_endian(value.size(), 2) + value;
    }
  }
  return out;
}

inline std::string written_file(const WrittenItem& data_set, std::string transfer_syntax_uid, bool is_explicit) {
  if (transfer_syntax_uid.size() % 2 != 0) transfer_syntax_uid += '\0';
  return std::string(128, '\0') + "DICM" + written({{0x00020010, "UI", transfer_syntax_uid, {}}}, true) +
         written(data_set, is_explicit);
}

}  // namespace radfm::fuzz
