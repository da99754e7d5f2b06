// SPDX-License-Identifier: Apache-2.0
#include "demo/continuation.h"

#include <string_view>

namespace radfm::demo {
namespace {

using phantom::Kind;
using phantom::Lesion;
using phantom::Random;
using phantom::Side;
using phantom::Size;
using phantom::Zone;

constexpr double begun_share = 0.3, impression_continued_share = 0.4, true_share = 0.3, both_false_share = 0.2;
constexpr std::string_view impression_heading = "Impression: ";

bool chance(Random& random, double share) { return random.unit() < share; }

// Where what follows from the words before it begins: the impression, or after the finding and the old one, a sentence each.
std::size_t place_in(const std::string& text, std::size_t first_sentences, bool impression) {
  if (impression) return text.find(impression_heading);
  std::size_t place = 0;
  for (std::size_t i = 0; i < first_sentences; ++i) place = text.find(". ", place) + 2;
  return place;
}

template <typename Class>
Class another(Class value, int classes, Random& random) {
  return static_cast<Class>((static_cast<int>(value) + 1 + static_cast<int>(random.next() % static_cast<std::uint64_t>(classes - 1))) % classes);
}

// What a model may have seen in its place: one attribute is another, or all are another patient's.
Lesion mistaken(const Lesion& lesion, std::uint64_t seed, Random& random) {
  const double roll = random.unit();
  Lesion seen = lesion;
  if (lesion.kind != Kind::none && roll < 0.45) {
    seen.size = another(lesion.size, 3, random);
  } else if (lesion.kind != Kind::none && roll < 0.6) {
    seen.side = another(lesion.side, 2, random);
  } else if (lesion.kind != Kind::none && lesion.kind != Kind::effusion && roll < 0.8) {
    seen.zone = another(lesion.zone, 3, random);
  } else {
    for (std::uint64_t i = 1; seen == lesion; ++i) seen = phantom::draw_pair(seed * 41 + i, {}, {}).current.truth.lesion;
  }
  return seen;
}

void begin_answer(std::uint64_t seed, Exercise& exercise, Random& random) {
  Told told = exercise.told;
  const bool prior = told.prior_seen == PriorSeen::image;
  if (!chance(random, true_share)) {
    const bool both = prior && chance(random, both_false_share), old = both || (prior && chance(random, 0.5));
    if (both || !old) told.current.lesion = mistaken(told.current.lesion, seed, random);
    if (old) told.prior.lesion = mistaken(told.prior.lesion, seed + 1, random);
  }
  exercise.answer = write_report(told, random);
  // Without a prior image nothing but the impression follows from the finding.
  exercise.given = place_in(exercise.answer, 3, !prior || chance(random, impression_continued_share));
}

}  // namespace

Exercise begun_exercise(std::uint64_t seed, bool volume) {
  Exercise exercise = draw_exercise(seed, volume);
  Random random(seed ^ 0xBE6113ull);
  if (exercise.form == Form::report && exercise.told.current.diagnostic && chance(random, begun_share)) begin_answer(seed, exercise, random);
  return exercise;
}

Exercise continuation_exercise(std::uint64_t seed) {
  Random random(seed ^ 0xC0271ull);
  const Views views = draw_views(chance(random, 0.5), true, random);
  const phantom::Pair pair = phantom::draw_pair(seed, views.prior, views.current);
  Exercise exercise;
  exercise.form = Form::continuation;
  exercise.told = {pair.current.truth, PriorSeen::image, pair.prior.truth};
  const bool impression = chance(random, impression_continued_share);
  if (impression && chance(random, 0.3)) exercise.told.prior_seen = PriorSeen::none;
  const std::string text = impression ? write_report(exercise.told, random) : write_comparison(exercise.told, random);
  const std::size_t place = place_in(text, 2, impression);
  exercise.content.question = "Please continue this report: " + text.substr(0, place - 1);
  exercise.answer = text.substr(place);
  return exercise;
}

}  // namespace radfm::demo
