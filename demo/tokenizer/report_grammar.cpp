// SPDX-License-Identifier: Apache-2.0
#include "demo/tokenizer/report_grammar.h"

#include <initializer_list>

namespace radfm::demo {
namespace {

// A stream of numbers (splitmix64) that is the same with every compiler, unlike the standard distributions.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x2545F4914F6CDD1Dull) {}
  int below(int sides) { return static_cast<int>(next() % static_cast<std::uint64_t>(sides)); }
  bool chance(int percent) { return below(100) < percent; }
  const char* of(std::initializer_list<const char*> words) {
    return words.begin()[below(static_cast<int>(words.size()))];
  }

 private:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return (z ^ (z >> 31)) >> 16;
  }
  std::uint64_t state_;
};

struct Finding {
  std::string kind, side, zone, size;  // kind empty: none
};

Finding drawn_finding(Dice& dice) {
  const int roll = dice.below(100);
  const std::string side = dice.of({"left", "right"});
  const std::string zone = dice.of({"upper zone", "middle zone", "lower zone"});
  if (roll < 34) return {"nodule", side, zone, std::to_string(14 + dice.below(23)) + " mm"};
  if (roll < 59) return {"consolidation", side, zone, dice.of({"small", "moderate", "large"})};
  if (roll < 84) return {"pleural effusion", side, "base", dice.of({"small", "moderate", "large"})};
  return {};
}

std::string described(const Finding& finding, Dice& dice) {
  if (finding.kind.empty())
    return dice.of({"No focal lung lesion is seen.", "The lungs are clear.",
                    "There is no focal consolidation, nodule or effusion."});
  const std::string place = finding.kind == "pleural effusion"
                                ? "at the " + finding.side + " base"
                                : "in the " + finding.side + " " + finding.zone;
  const std::string what = finding.size + " " + finding.kind;
  return dice.chance(50) ? "There is a " + what + " " + place + "." : "A " + what + " is seen " + place + ".";
}

std::string compared(const Finding& now, const Finding& before, Dice& dice) {
  if (before.kind.empty() && now.kind.empty()) return "No change since the prior study.";
  if (before.kind.empty()) return "It is new since the prior study.";
  if (now.kind != before.kind || now.side != before.side)
    return "The previous " + before.side + " " + before.kind + " has resolved.";
  const char* verdict = before.size == now.size ? "is unchanged" : dice.of({"is larger", "is smaller"});
  return "It measured " + before.size + " on the prior study and " + verdict + ".";
}

std::string concluded(const Finding& finding, bool heart_large, Dice& dice) {
  if (finding.kind.empty())
    return heart_large ? "Cardiomegaly." : dice.of({"Normal chest.", "No acute abnormality."});
  std::string text =
      std::string(dice.of({"", "New ", "Larger ", "Smaller ", "Unchanged "})) + finding.side + " ";
  if (finding.kind != "pleural effusion") text += finding.zone + " ";
  text[0] = static_cast<char>(text[0] >= 'a' && text[0] <= 'z' ? text[0] - 'a' + 'A' : text[0]);
  return text + finding.kind + (heart_large ? " and cardiomegaly." : ".");
}

std::string context(Dice& dice) {
  std::string text;
  if (dice.chance(75))
    text += std::to_string(18 + dice.below(75)) + "-year-old " + dice.of({"woman", "man", "female", "male"}) +
            ". ";
  if (dice.chance(65))
    text += std::string("Indication: ") +
            dice.of({"cough", "fever", "dyspnoea", "chest pain", "weight loss", "shortness of breath",
                     "follow-up of a nodule", "nodule in the left lung", "pneumonia", "routine control",
                     "haemoptysis", "before surgery", "suspected pneumothorax"}) +
            ". ";
  return text;
}

std::string date(Dice& dice) {
  const auto two = [](int value) { return std::string(value < 10 ? "0" : "") + std::to_string(value); };
  return std::to_string(2019 + dice.below(9)) + "-" + two(1 + dice.below(12)) + "-" + two(1 + dice.below(28));
}

std::string report(const Finding& now, const Finding* before, bool heart_large, bool ct, Dice& dice) {
  std::string text = ct ? "Finding: CT of the chest. " : "Findings: Chest radiograph. ";
  text += described(now, dice) + " ";
  if (before) text += compared(now, *before, dice) + " ";
  text += heart_large ? "The heart is enlarged. " : "The heart size is normal. ";
  if (!before && dice.chance(25)) text += "No prior study is available for comparison. ";
  return text + "Impression: " + concluded(now, heart_large, dice);
}

std::string question_and_answer(const Finding& now, bool heart_large, bool ct, Dice& dice) {
  const std::string kind = now.kind.empty() ? "nodule" : now.kind;
  switch (dice.below(8)) {
    case 0:
      return std::string("What imaging modality is used? ") + (ct ? "CT" : "X-ray");
    case 1:
      return std::string("Is this image a CT scan? ") + (ct ? "yes" : "no");
    case 2:
      return "What is the diagnosis for this chest X-ray? " +
             (now.kind.empty() ? std::string("normal") : now.kind) + (heart_large ? ", cardiomegaly" : "");
    case 3:
      return "Is there any indication of " + kind + " in the image? " + (now.kind.empty() ? "no" : "yes");
    case 4:
      return "Which side is the " + kind + "? " + (now.kind.empty() ? "There is no " + kind + "." : now.side);
    case 5:
      return "In which zone is the " + kind + "? " +
             (now.kind.empty() ? "There is no " + kind + "." : now.zone);
    case 6:
      return "How large is the " + kind + "? " + (now.kind.empty() ? "There is no " + kind + "." : now.size);
    default:
      return "What disease can be diagnosed from these radiological images and what specific features are "
             "typically observed on the images? " +
             concluded(now, heart_large, dice) + " The Radiographic features can be summarized as follows. " +
             described(now, dice);
  }
}

}  // namespace

std::string grammar_text(std::uint64_t number) {
  Dice dice(number + 1);
  const Finding now = drawn_finding(dice), before = dice.chance(40) ? now : drawn_finding(dice);
  const bool heart_large = dice.chance(25), ct = dice.chance(50), with_prior = dice.chance(55);
  std::string text = context(dice);
  if (with_prior) {
    text += "Prior study of " + date(dice) + ": ";
    if (dice.chance(80)) text += "Prior report: " + report(before, nullptr, heart_large, ct, dice) + " ";
  }
  text += "Current study: ";
  if (dice.chance(40)) return text + question_and_answer(now, heart_large, ct, dice);
  text += dice.of({"Please generate a radiology report for this scan. ",
                   "Please caption this scan with finding and impression. ",
                   "Can you provide a radiology report for this medical image? ",
                   "Please compare with the prior study. Please generate a radiology report for this scan. ",
                   "No prior study is available. Please generate a radiology report for this scan. "});
  return text + report(now, with_prior ? &before : nullptr, heart_large, ct, dice);
}

}  // namespace radfm::demo
