// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/window_table.h"

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

constexpr RegionWindow soft_tissue{"soft tissue", 40, 400}, brain{"brain", 40, 80},
    chest{"chest", -300, 1400}, bone{"bone", 300, 1500};

struct WordRow {
  std::string_view word;
  RegionWindow window;
};
// Whole words. Combinations ("CHEST/ABDOMEN") take the first row that fits.
constexpr WordRow word_rows[] = {
    {"ABDOMEN", soft_tissue},
    {"PELVIS", soft_tissue},
    {"CHESTABDOMEN", soft_tissue},
    {"CHESTABDPELVIS", soft_tissue},
    {"NECK", soft_tissue},
    {"HEADNECK", soft_tissue},
    {"LIVER", soft_tissue},
    {"HEAD", brain},
    {"BRAIN", brain},
    {"SKULL", brain},
    {"CRANIUM", brain},
    {"CHEST", chest},
    {"THORAX", chest},
    {"LUNG", chest},
    {"LUNGS", chest},
    {"SPINE", bone},
    {"CSPINE", bone},
    {"TSPINE", bone},
    {"LSPINE", bone},
    {"KNEE", bone},
    {"ANKLE", bone},
    {"FOOT", bone},
    {"HAND", bone},
    {"WRIST", bone},
    {"ELBOW", bone},
    {"SHOULDER", bone},
    {"EXTREMITY", bone},
};

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

RegionWindow ct_window(const InstanceFacts& facts) {
  for (const std::string* text :
       {&facts.body_part, &facts.series_description, &facts.protocol_name, &facts.study_description}) {
    const std::string upper = upper_case(*text);
    for (const auto& row : word_rows) {
      if (has_word(upper, row.word)) return row.window;
    }
  }
  return soft_tissue;
}

}  // namespace radfm::imaging
