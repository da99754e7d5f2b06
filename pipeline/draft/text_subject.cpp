// SPDX-License-Identifier: Apache-2.0
// Whose report a text is: organs that the patient's sex does not have, a modality that the study does not have.
#include <algorithm>
#include <array>

#include "pipeline/draft/text_rules.h"

namespace radfm::draft::rule {
namespace {

const WordPatterns& organs_of_men() {
  static const WordPatterns patterns = {"prostate|prostatic|prostatectomy", "testis|testes|testicle|testicles|testicular",
                                        "penis|penile|scrotum|scrotal", "seminal vesicle|vesicles", "epididymis|epididymal"};
  return patterns;
}

const WordPatterns& organs_of_women() {
  static const WordPatterns patterns = {"uterus|uterine|hysterectomy", "ovary|ovaries|ovarian", "cervix uteri",
                                        "endometrium|endometrial|myometrium|myometrial", "vagina|vaginal", "fallopian tube|tubes"};
  return patterns;
}

// A mammogram is a radiograph here: what CR and DX hold of a breast is called so.
enum class Family { radiograph, ct, mr, ultrasound };

struct FamilyWords {
  Family family;
  const char* name;   // in a sentence: "calls this study a CT"
  const char* words;  // of a pattern
};
constexpr std::array family_words = {
    FamilyWords{Family::radiograph, "a radiograph", "radiograph|radiographs|xray|xrays|cxr|roentgenogram"},
    FamilyWords{Family::radiograph, "a radiograph", "x ray|rays"},
    FamilyWords{Family::radiograph, "a radiograph", "plain film|films"},
    FamilyWords{Family::ct, "a CT", "ct|cta|hrct|cect|ncct"},
    FamilyWords{Family::ct, "a CT", "computed tomography"},
    FamilyWords{Family::mr, "an MRI", "mri"},
    FamilyWords{Family::mr, "an MRI", "mr imaging|image|images|scan|angiography"},
    FamilyWords{Family::mr, "an MRI", "magnetic resonance"},
    FamilyWords{Family::ultrasound, "an ultrasound", "ultrasound|sonography|sonogram"},
    FamilyWords{Family::radiograph, "a mammogram", "mammogram|mammograms|mammography"}};

std::optional<Family> family_of(std::string_view modality) {
  if (modality == "CR" || modality == "DX" || modality == "RG" || modality == "MG") return Family::radiograph;
  if (modality == "CT") return Family::ct;
  if (modality == "MR") return Family::mr;
  if (modality == "US") return Family::ultrasound;
  return std::nullopt;
}

// A sentence that names the study: short, without a verb, the first of the text ("CT of the chest."), or "This CT ...".
std::vector<const FamilyWords*> names_itself(const Words& sentence, bool first) {
  constexpr std::size_t title_words_max = 8;
  static const auto patterns = [] {
    std::vector<std::array<WordPattern, 3>> list;
    for (const FamilyWords& family : family_words) {
      const std::string words = family.words;
      list.push_back({WordPattern(words), WordPattern("this ?is ?a|an ?axial|chest|contrast|single|frontal " + words),
                      WordPattern("the ?chest|abdominal|brain " + words + " ?scan|image|images shows|show|demonstrates|reveals")});
    }
    return list;
  }();
  const bool title = first && sentence.size() <= title_words_max &&
                     !has_word(sentence, {"is", "are", "for", "recommended", "with", "yes", "no", "not", "or", "see", "seen", "on", "by",
                                           "from", "as", "guided", ","});
  std::vector<const FamilyWords*> named;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto& [word, self, shows] = patterns[i];
    if ((title && word.find(sentence)) || self.find(sentence) || shows.find(sentence)) named.push_back(&family_words[i]);
  }
  return named;
}

bool speaks_of_another_study(const Words& sentence) {
  return has_past(sentence) || has_negation(sentence) ||
         has_word(sentence, {"compared", "comparison", "correlation", "correlate", "recommend", "recommended", "dated", "recent",
                             "since", "follow", "further", "question", "if", "ratio"});  // CT ratio: cardiothoracic
}

}  // namespace

Finding sex_specific_organ(const CheckedDraft& draft, const ReadText& text) {
  if (draft.sex != "F" && draft.sex != "M") return std::nullopt;
  const WordPatterns& foreign = draft.sex == "F" ? organs_of_men() : organs_of_women();
  for (const Words& sentence : text.all) {
    if (has_word(sentence, {"fetus", "fetal", "foetus", "foetal"})) continue;  // a mother's study names the child's
    if (const auto place = foreign.find(sentence)) {
      return "The text names an organ (" + quoted(sentence, *place) +
             ") that does not go with the patient's sex in the study: check patient and text.";
    }
  }
  return std::nullopt;
}

Finding modality_differs(const CheckedDraft& draft, const ReadText& text) {
  std::vector<Family> own;
  for (const std::string& modality : draft.modalities) {
    const auto family = family_of(modality);
    if (!family) return std::nullopt;  // XA, PT, OT ...: what they are called in a text is not plain
    own.push_back(*family);
  }
  if (own.empty()) return std::nullopt;
  for (std::size_t i = 0; i < text.all.size(); ++i) {
    if (speaks_of_another_study(text.all[i])) continue;
    const auto named = names_itself(text.all[i], i == 0);
    const auto is_own = [&](const FamilyWords* f) { return std::find(own.begin(), own.end(), f->family) != own.end(); };
    if (named.empty() || std::any_of(named.begin(), named.end(), is_own)) continue;
    return "The text calls this study " + std::string(named.front()->name) + ", which its images are not: check whose report it is.";
  }
  return std::nullopt;
}

}  // namespace radfm::draft::rule
