// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/window_table.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

// Both in capitals.
bool has_word(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const bool ends = at + word.size() == text.size() || !is_letter(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

const CtWindowRow& ct_window(const InstanceFacts& facts, const ImagingSettings& settings) {
  for (const std::string* text : {&facts.body_part, &facts.anatomic_region, &facts.series_description, &facts.protocol_name, &facts.study_description}) {
    const std::string upper = upper_case(*text);
    for (const CtWindowRow& row : settings.ct_windows) {
      const auto fits = [&](const std::string& word) { return has_word(upper, upper_case(word)); };
      if (std::any_of(row.words.begin(), row.words.end(), fits)) return row;
    }
  }
  return settings.ct_windows.back();
}

}  // namespace radfm::imaging
