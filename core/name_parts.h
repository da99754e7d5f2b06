// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace radfm {

// The parts of a person's name (PN, PS3.5 6.2): its groups at '=', their components at '^'. Empty ones too; at least one. They
// point into `text`.
inline std::vector<std::string_view> name_parts(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace radfm
