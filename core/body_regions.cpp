// SPDX-License-Identifier: Apache-2.0
#include "core/body_regions.h"

#include <algorithm>

#include "core/name_folding.h"

namespace radfm {
namespace {

bool is_word_byte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) >= 0x80);
}

// A word without capitals and accents; digits stay, for they tell "C3" from "C".
std::string folded_word(std::string_view word) {
  std::string folded;
  while (!word.empty()) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto end = std::find_if(word.begin(), word.end(), is_digit);
    const auto letters = static_cast<std::size_t>(end - word.begin());
    folded += folded_letters(word.substr(0, letters));
    word.remove_prefix(letters);
    while (!word.empty() && is_digit(word.front())) {
      folded.push_back(word.front());
      word.remove_prefix(1);
    }
  }
  return folded;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_word_byte);
    const auto bytes = static_cast<std::size_t>(end - text.begin());
    if (bytes > 0) words.insert(folded_word(text.substr(0, bytes)));
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return words;
}

BodyRegion read_region(JsonSection section) {
  BodyRegion region;
  section.require("name", "a name for people, such as chest");
  section.require("words", "the words that name the region");
  section.text("name", &region.name);
  section.texts("words", &region.words);
  if (section.has("name") && region.name.empty()) section.expect("name", "a name");
  for (const std::string& word : region.words) {
    if (std::all_of(word.begin(), word.end(), is_word_byte)) continue;
    section.expect("words", "single words without blanks and signs; \"" + word + "\" of region \"" +
                                region.name + "\" is none");
  }
  if (section.has("words") && region.words.empty())
    section.expect("words", "at least one word for region \"" + region.name + "\"");
  section.finish();
  return region;
}

}  // namespace

std::vector<BodyRegion> default_body_regions() {
  return {
      {"head", {"HEAD",     "BRAIN",   "SKULL",     "CRANIUM", "CRANIAL",  "CEREBRAL", "HEADNECK",
                "ORBIT",    "ORBITS",  "SINUS",     "SINUSES", "FACE",     "FACIAL",   "JAW",
                "MANDIBLE", "MAXILLA", "PITUITARY", "IAC",     "TEMPORAL", "KOPF",     "SCHAEDEL",
                "SCHADEL",  "NNH",     "TETE",      "CRANE",   "CRANEO",   "WHOLEBODY"}},
      {"neck",
       {"NECK", "HEADNECK", "LARYNX", "THYROID", "CAROTID", "CAROTIDS", "PHARYNX", "NECKCHEST", "HALS", "COU",
        "CUELLO", "WHOLEBODY"}},
      {"chest",
       {"CHEST",
        "THORAX",
        "THORACIC",
        "LUNG",
        "LUNGS",
        "PULMONARY",
        "HEART",
        "CARDIAC",
        "CORONARY",
        "RIB",
        "RIBS",
        "STERNUM",
        "MEDIASTINUM",
        "CHESTABDOMEN",
        "CHESTABDPELVIS",
        "CHESTABD",
        "NECKCHEST",
        "NECKCHESTABDOMEN",
        "NECKCHESTABDPELV",
        "CXR",
        "LUNGE",
        "BRUSTKORB",
        "POUMON",
        "TORAX",
        "WHOLEBODY",
        "TRUNK"}},
      {"breast", {"BREAST", "BREASTS", "MAMMO", "MAMMOGRAM", "MAMMOGRAPHY", "MAMMA", "SEIN"}},
      {"abdomen",
       {"ABDOMEN",
        "ABDOMINAL",
        "LIVER",
        "HEPATIC",
        "KIDNEY",
        "KIDNEYS",
        "RENAL",
        "PANCREAS",
        "SPLEEN",
        "STOMACH",
        "BOWEL",
        "COLON",
        "GALLBLADDER",
        "BILIARY",
        "CHESTABDOMEN",
        "CHESTABDPELVIS",
        "CHESTABD",
        "NECKCHESTABDOMEN",
        "NECKCHESTABDPELV",
        "ABDOMENPELVIS",
        "ABDPELVIS",
        "KUB",
        "LEBER",
        "BAUCH",
        "WHOLEBODY",
        "TRUNK"}},
      {"pelvis",
       {"PELVIS", "PELVIC", "BLADDER", "PROSTATE", "UTERUS", "RECTUM", "HIP", "HIPS", "SACRUM",
        "CHESTABDPELVIS", "NECKCHESTABDPELV", "ABDOMENPELVIS", "ABDPELVIS", "BECKEN", "HUEFTE", "BASSIN",
        "WHOLEBODY", "TRUNK"}},
      {"spine",
       {"SPINE", "SPINAL", "CSPINE", "TSPINE", "LSPINE", "LSSPINE", "CTSPINE", "TLSPINE", "SSPINE",
        "CERVICAL", "LUMBAR", "COCCYX", "VERTEBRA", "HWS", "BWS", "LWS", "WIRBELSAEULE", "WIRBELSAULE",
        "RACHIS"}},
      {"shoulder", {"SHOULDER", "SHOULDERS", "CLAVICLE", "SCAPULA", "ACJOINT", "SCHULTER", "EPAULE"}},
      {"arm",
       {"ARM", "ELBOW", "HUMERUS", "FOREARM", "RADIUS", "ULNA", "WRIST", "HAND", "FINGER", "THUMB", "ARMPIT",
        "HANDGELENK", "POIGNET", "EXTREMITY"}},
      {"leg", {"LEG",    "THIGH", "FEMUR", "KNEE", "KNEES", "PATELLA", "TIBIA",
               "FIBULA", "CALF",  "ANKLE", "FOOT", "FEET",  "HEEL",    "CALCANEUS",
               "TOE",    "TOES",  "KNIE",  "FUSS", "GENOU", "PIED",    "EXTREMITY"}},
  };
}

std::set<std::string> regions_in(const std::vector<BodyRegion>& regions, std::string_view text) {
  const std::set<std::string> words = words_of(text);
  std::set<std::string> found;
  for (const BodyRegion& region : regions) {
    const bool named = std::any_of(region.words.begin(), region.words.end(), [&](const std::string& word) {
      return words.contains(folded_word(word));
    });
    if (named) found.insert(region.name);
  }
  return found;
}

void read_body_regions(JsonSection* priors, std::vector<BodyRegion>* regions) {
  std::vector<JsonSection> entries = priors->sections("regions");
  if (!priors->has("regions")) return;
  if (entries.empty() || entries.size() > body_regions_max) {
    return priors->expect("regions", "1 to " + std::to_string(body_regions_max) + " regions");
  }
  std::vector<BodyRegion> read;
  std::set<std::string> names;
  for (JsonSection& entry : entries) {
    read.push_back(read_region(std::move(entry)));
    const std::string& name = read.back().name;
    if (!name.empty() && !names.insert(name).second)
      priors->expect("regions", "one region of the name \"" + name + "\"; there are two");
  }
  *regions = std::move(read);
}

}  // namespace radfm
