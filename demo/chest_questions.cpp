// SPDX-License-Identifier: Apache-2.0
#include "demo/chest_questions.h"

#include "core/task.h"

namespace radfm::demo {
namespace {

using phantom::Change;
using phantom::Kind;
using phantom::Lesion;
using phantom::Modality;
using phantom::Random;

bool chance(Random& random, double share) { return random.unit() < share; }
std::string text(std::string_view view) { return std::string(view); }

Kind any_kind(Random& random) { return static_cast<Kind>(1 + random.next() % 3); }

// The kind that a question is about: mostly one that is there.
Kind asked_kind(const Lesion& lesion, double share, Random& random) {
  return lesion.kind != Kind::none && chance(random, share) ? lesion.kind : any_kind(random);
}

std::string diagnosis(const phantom::Truth& truth) {
  std::string names = truth.lesion.kind == Kind::none ? "" : text(name_of(truth.lesion.kind));
  if (truth.heart_enlarged) names += names.empty() ? large_heart_impression : std::string(", ") + large_heart_impression;
  return names.empty() ? normal_impressions().front() : names;
}

Question ask_modality(const Told& told, Random& random) {
  const bool ct = told.current.modality == Modality::ct;
  if (chance(random, 0.5)) return {text(default_questions(Task::modality).flat), ct ? "CT" : "X-ray"};
  if (chance(random, 0.5)) return {"Is this image a CT scan?", ct ? "yes" : "no"};
  return {"Is this image a chest X-ray?", ct ? "no" : "yes"};
}

Question ask_presence(const Told& told, Random& random) {
  if (chance(random, 0.25)) return {"Is there any indication of cardiomegaly in the image?", told.current.heart_enlarged ? "yes" : "no"};
  const Kind kind = asked_kind(told.current.lesion, 0.4, random);
  return {"Is there any indication of " + text(name_of(kind)) + " in the image?", kind == told.current.lesion.kind ? "yes" : "no"};
}

Question ask_diagnosis(const Told& told, Random& random) {
  const bool ct = told.current.modality == Modality::ct;
  if (chance(random, 0.5)) return {text(default_questions(Task::diagnosis).flat), diagnosis(told.current)};
  return {ct ? "What is the diagnosis for this chest CT?" : "What is the diagnosis for this chest X-ray?", diagnosis(told.current)};
}

Question ask_attribute(const Told& told, Random& random) {
  const Lesion& lesion = told.current.lesion;
  const Kind kind = asked_kind(lesion, 0.85, random);
  const std::string name = text(name_of(kind)), none = "There is no " + name + ".";
  const bool there = kind == lesion.kind;
  switch (random.next() % 3) {
    case 0: return {"Which side is the " + name + "?", there ? text(side_of(lesion)) : none};
    case 1: return {"In which zone is the " + name + "?", there ? zone_of(lesion) : none};
    default: return {"How large is the " + name + "?", there ? size_of(lesion) : none};
  }
}

Question ask_heart(const Told& told, Random&) { return {"Is the heart enlarged?", told.current.heart_enlarged ? "yes" : "no"}; }

Question ask_rationale(const Told& told, Random& random) {
  return {text(default_questions(Task::rationale).flat), write_rationale(told, random)};
}

std::string heart_change(const Told& told) {
  const bool now = told.current.heart_enlarged, before = told.prior.heart_enlarged;
  return now == before ? "unchanged" : now ? "larger" : "smaller";
}

// "It was 16 mm and is 24 mm: larger."
std::string long_change(const Told& told, Kind asked) {
  const Lesion &prior = told.prior.lesion, &current = told.current.lesion;
  if (current.kind == asked && prior.same_place(current)) {
    return "It was " + size_of(prior) + " and is " + size_of(current) + ": " + text(word_of(phantom::change_between(prior, current))) + ".";
  }
  if (current.kind == asked) return "It is new.";
  if (prior.kind == asked) return "It has resolved.";
  return "There is no " + text(name_of(asked)) + " in either study.";
}

Question ask_change(const Told& told, Random& random) {
  const Change change = phantom::change_between(told.prior.lesion, told.current.lesion);
  const double roll = random.unit();
  if (roll < 0.5) return {comparison_question, write_comparison(told, random)};
  if (roll < 0.7) return {change_question, text(word_of(change))};
  if (roll < 0.85) return {"Is the heart larger, smaller or unchanged?", heart_change(told)};
  const Lesion& known = told.current.lesion.kind != Kind::none ? told.current.lesion : told.prior.lesion;
  const Kind kind = asked_kind(known, 0.85, random);
  return {"Has the " + text(name_of(kind)) + " changed since the prior study?", long_change(told, kind)};
}

Question ask_prior(const Told& told, Random& random) {
  const Lesion& prior = told.prior.lesion;
  if (chance(random, 0.5)) return {"What did the prior study show?", described(prior)};
  const Kind kind = asked_kind(prior, 0.85, random);
  const std::string name = text(name_of(kind)), none = "There was no " + name + ".";
  if (chance(random, 0.6)) return {"How large was the " + name + " on the prior study?", kind == prior.kind ? size_of(prior) : none};
  return {"On which side was the " + name + " on the prior study?", kind == prior.kind ? text(side_of(prior)) : none};
}

}  // namespace

std::string write_rationale(const Told& told, Random& random) {
  const std::string what = write_impression({told.current, PriorSeen::none, {}}, random);
  return what + " The Radiographic features can be summarized as follows. " + write_caption(told.current, random);
}

Question draw_question(const Told& told, Random& random) {
  if (told.prior_seen == PriorSeen::image && chance(random, 0.7)) return chance(random, 0.72) ? ask_change(told, random) : ask_prior(told, random);
  if (told.prior_seen != PriorSeen::image && chance(random, 0.12)) {
    Told imagined = told;
    imagined.prior = told.current;
    const Question asked = chance(random, 0.7) ? ask_change(imagined, random) : ask_prior(imagined, random);
    const Phrasings said = told.prior_seen == PriorSeen::none ? no_prior_sentences() : report_only_sentences();
    return {asked.question, said.front()};
  }
  const auto roll = random.next() % 100;
  if (roll < 12) return ask_modality(told, random);
  if (roll < 37) return ask_presence(told, random);
  if (roll < 49) return ask_diagnosis(told, random);
  if (roll < 80) return ask_attribute(told, random);
  if (roll < 90) return ask_heart(told, random);
  return ask_rationale(told, random);
}

}  // namespace radfm::demo
