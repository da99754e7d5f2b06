// SPDX-License-Identifier: Apache-2.0
#include "demo/exercise.h"

#include <string_view>

#include "core/task.h"
#include "demo/chest_questions.h"
#include "demo/phantom_person.h"

namespace radfm::demo {
namespace {

using phantom::Modality;
using phantom::Random;
using phantom::Visit;

bool chance(Random& random, double share) { return random.unit() < share; }

constexpr double blank_share = 0.03, report_share = 0.52, other_modality_share = 0.06, older_prior_share = 0.08;
// Effusions are learned in the first minutes: captions show fewer of them.
constexpr double caption_effusion_share = 0.4;

std::string question_of_report(Modality modality) {
  const TaskQuestions questions = default_questions(Task::report);
  return std::string(modality == Modality::ct ? questions.volume : questions.flat);
}

// The paper's wordings, and what a rule may put beside them.
std::string asked_report(Modality modality, PriorSeen seen, Random& random) {
  std::string question = question_of_report(modality);
  if (chance(random, 0.3)) {
    question = one_of({"Can you provide a radiology report for this medical image?", "Please generate a radiology report for this scan.",
                       "Please caption this scan with finding and impression."},
                      random);
  }
  if (chance(random, 0.15)) return "Please compare with the prior study. " + question;
  if (seen == PriorSeen::none && chance(random, 0.15)) return "No prior study is available. " + question;
  return question;
}

std::string report_text(const phantom::Truth& truth, PriorReport report, std::uint64_t seed, Random& random) {
  switch (report) {
    case PriorReport::none: return {};
    case PriorReport::true_report: return write_old_report(truth, random);
    case PriorReport::impression_only: return "Impression: " + write_impression({truth, PriorSeen::none, {}}, random);
    case PriorReport::contradicting: break;
  }
  // Another patient's report under this one's name.
  phantom::Truth other = truth;
  for (std::uint64_t i = 1; other.lesion == truth.lesion; ++i) {
    other = phantom::draw_pair(seed * 31 + i, truth.modality, truth.modality).prior.truth;
  }
  return write_old_report(other, random);
}

PriorReport draw_prior_report(PriorSeen seen, Random& random) {
  if (seen == PriorSeen::none) return PriorReport::none;
  const double roll = random.unit();
  if (seen == PriorSeen::report_only) return roll < 0.8 ? PriorReport::true_report : PriorReport::impression_only;
  return roll < 0.30 ? PriorReport::true_report
                     : roll < 0.45 ? PriorReport::contradicting : roll < 0.55 ? PriorReport::impression_only : PriorReport::none;
}

// Pixels, context and priors; no question yet.
Exercise begun(std::uint64_t seed, const phantom::Pair& pair, PriorSeen seen, PriorReport prior_report, Random& random) {
  const PhantomPerson person = draw_person(seed);
  Exercise exercise;
  exercise.told = {pair.current.truth, seen, seen == PriorSeen::image ? pair.prior.truth : phantom::Truth{}};
  exercise.prior_report = prior_report;
  exercise.content.context = draft::clinical_context(header_of(person));
  if (seen != PriorSeen::none) {
    draft::PromptPrior prior{person.prior_date, std::nullopt, report_text(pair.prior.truth, prior_report, seed, random)};
    if (seen == PriorSeen::image) {
      prior.image = 0;
      exercise.images.push_back(pair.prior);
    }
    exercise.content.priors.push_back(std::move(prior));
  }
  exercise.content.current_images = {exercise.images.size()};
  exercise.images.push_back(pair.current);
  return exercise;
}

void put_older_prior(std::uint64_t seed, Exercise& exercise, Random& random) {
  std::string date = draw_person(seed).prior_date;
  date = std::to_string(std::stoi(date.substr(0, 4)) - 1) + date.substr(4);
  const auto older = phantom::draw_pair(seed * 37 + 5, exercise.told.prior.modality, exercise.told.prior.modality).prior.truth;
  exercise.content.priors.insert(exercise.content.priors.begin(), {date, std::nullopt, write_old_report(older, random)});
}

Exercise blank_exercise(std::uint64_t seed, Modality modality, Random& random) {
  phantom::Pair pair;
  pair.current = phantom::draw_blank(seed, modality);
  Exercise exercise = begun(seed, pair, PriorSeen::none, PriorReport::none, random);
  if (chance(random, 0.6)) {
    exercise.content.question = asked_report(modality, PriorSeen::none, random);
    exercise.answer = write_report(exercise.told, random);
    return exercise;
  }
  exercise.form = Form::question;
  exercise.content.question = draw_question(exercise.told, random).question;
  exercise.answer = not_diagnostic_sentence;
  return exercise;
}

}  // namespace

Views draw_views(bool volume, bool with_prior, Random& random) {
  if (!volume) return {};
  if (!with_prior || !chance(random, 2 * other_modality_share)) return {Modality::ct, Modality::ct};
  return chance(random, 0.5) ? Views{Modality::ct, Modality::radiograph} : Views{Modality::radiograph, Modality::ct};
}

Exercise report_exercise(std::uint64_t seed, const Views& views, PriorSeen prior_seen, PriorReport prior_report) {
  Random random(seed ^ 0xE7E6C15Eull);
  Exercise exercise = begun(seed, phantom::draw_pair(seed, views.prior, views.current), prior_seen, prior_report, random);
  exercise.content.question = question_of_report(views.current);
  exercise.answer = write_report(exercise.told, random);
  return exercise;
}

std::uint64_t evaluation_patient(std::uint64_t seed, std::uint64_t number) {
  return Random((seed + 0xE7A1ull) * 0xA0761D6478BD642Full + number).next();
}

Exercise evaluation_exercise(std::uint64_t seed, std::uint64_t number) {
  const Modality modality = number % 2 == 1 ? Modality::ct : Modality::radiograph;
  const std::uint64_t patient = evaluation_patient(seed, number), place = number / 2 % 10;
  const Views views{modality, modality};
  if (place < 3) return report_exercise(patient, views, PriorSeen::none, PriorReport::none);
  if (place < 4) return report_exercise(patient, views, PriorSeen::report_only, PriorReport::true_report);
  const PriorReport report = place < 7 ? PriorReport::none : place < 9 ? PriorReport::true_report : PriorReport::contradicting;
  return report_exercise(patient, views, PriorSeen::image, report);
}

Exercise draw_exercise(std::uint64_t seed, bool volume) {
  Random random(seed ^ 0xE7E6C15Dull);
  if (chance(random, blank_share)) return blank_exercise(seed, volume ? Modality::ct : Modality::radiograph, random);
  const bool report = chance(random, report_share);
  const double roll = random.unit(), image = report ? 0.63 : 0.60, only = report ? 0.12 : 0.08;
  const PriorSeen seen = roll < image ? PriorSeen::image : roll < image + only ? PriorSeen::report_only : PriorSeen::none;
  const Views views = draw_views(volume, seen == PriorSeen::image, random);
  Exercise exercise = begun(seed, phantom::draw_pair(seed, views.prior, views.current), seen, draw_prior_report(seen, random), random);
  if (seen == PriorSeen::image && chance(random, older_prior_share)) put_older_prior(seed, exercise, random);
  if (report) {
    exercise.content.question = asked_report(views.current, seen, random);
    exercise.answer = write_report(exercise.told, random);
    return exercise;
  }
  exercise.form = Form::question;
  Question question = draw_question(exercise.told, random);
  exercise.content.question = std::move(question.question);
  exercise.answer = std::move(question.answer);
  return exercise;
}

Exercise caption_exercise(std::uint64_t seed, bool volume) {
  Random random(seed ^ 0xCA9710ull);
  const Modality modality = volume ? Modality::ct : Modality::radiograph;
  phantom::Pair pair = phantom::draw_pair(seed, modality, modality);
  if (chance(random, 0.5)) pair.current = pair.prior;
  for (std::uint64_t i = 1; pair.current.truth.lesion.kind == phantom::Kind::effusion && !chance(random, caption_effusion_share); ++i) {
    pair = phantom::draw_pair(seed + i * 0x9E3779B97F4A7C15ull, modality, modality);
  }
  if (chance(random, blank_share)) pair.current = phantom::draw_blank(seed, modality);
  Exercise exercise;
  exercise.form = Form::caption;
  exercise.told = {pair.current.truth, PriorSeen::none, {}};
  exercise.content.current_images = {0};
  exercise.content.question = "Please caption this scan.";
  exercise.images.push_back(pair.current);
  exercise.answer = write_caption(pair.current.truth, random);
  return exercise;
}

}  // namespace radfm::demo
