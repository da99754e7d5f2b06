// SPDX-License-Identifier: Apache-2.0
// DICOM attributes as plain values: how the reader process hands a header to programs that must not parse foreign bytes.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace radfm {

struct Attribute;
// Keyed by (group << 16 | element), so that iteration is in DICOM order. Private tags never get in.
using AttributeSet = std::map<std::uint32_t, Attribute>;

// One attribute. `value` is UTF-8, several values joined by a backslash as in the file, trailing padding cut;
// `items` is used for VR SQ only.
struct Attribute {
  std::string vr;  // two letters
  std::string value;
  std::vector<AttributeSet> items;
  bool operator==(const Attribute&) const = default;
};

// The value of a string attribute, empty when absent.
const std::string& attribute_value(const AttributeSet& set, std::uint32_t tag);

// Items nested deeper than this are left out when read: recursion over foreign data has an end.
inline constexpr int attribute_nesting_max = 128;

// {"00100010": {"vr": "PN", "value": "..."}, "00081032": {"vr": "SQ", "items": [{...}]}}
nlohmann::json to_json(const AttributeSet& set);
// Malformed JSON gives what could be read: the sender is our own reader process, possibly broken by a hostile file.
AttributeSet attribute_set_from_json(const nlohmann::json& json);

}  // namespace radfm
