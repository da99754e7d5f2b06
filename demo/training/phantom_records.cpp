// SPDX-License-Identifier: Apache-2.0
#include "demo/training/phantom_records.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "demo/continuation.h"
#include "demo/phantom_picture.h"
#include "demo/phantom_random.h"
#include "pipeline/model/image_input.h"

namespace radfm::training {
namespace {

using phantom::Kind;
using phantom::Truth;

constexpr std::array<std::string_view, 45> attributes = {
    "16", "24", "36", "small", "moderate", "large", "nodule", "consolidation", "effusion", "right", "left", "upper", "middle",
    "lower", "base", "normal", "enlarged", "increased", "larger", "smaller", "unchanged", "new", "resolved", "replaced",
    "radiograph", "ct", "ray", "yes", "no", "clear", "cardiomegaly", "was", "of", "only", "available", "not", "diagnostic",
    "same", "another", "other", "finding", "lesion", "previous", "change", "acute"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

// Which patient a number shows: numbers close to each other have nothing in common.
std::uint64_t patient_of(std::uint64_t seed, std::uint64_t number) { return phantom::Random(seed * 0xD1B54A32D192ED03ull + number).next(); }

constexpr std::uint64_t caption_texts_every = 10, continuation_every = 3;

int index(auto value) { return static_cast<int>(value); }

std::vector<int> classes_of(const Truth& truth) {
  std::vector<int> classes(7, no_label);
  const auto put = [&](ImageLabel label, int value) { classes[static_cast<std::size_t>(label)] = value; };
  put(ImageLabel::diagnostic, truth.diagnostic ? 1 : 0);
  if (!truth.diagnostic) return classes;
  const phantom::Lesion& lesion = truth.lesion;
  put(ImageLabel::kind, index(lesion.kind));
  put(ImageLabel::heart, truth.heart_enlarged ? 1 : 0);
  put(ImageLabel::modality, index(truth.modality));
  if (lesion.kind == Kind::none) return classes;
  put(ImageLabel::side, index(lesion.side));
  put(ImageLabel::size, index(lesion.size));
  if (lesion.kind != Kind::effusion) put(ImageLabel::zone, index(lesion.zone));
  return classes;
}

std::vector<int> pair_classes_of(const demo::Told& told) {
  const bool now = told.current.heart_enlarged, before = told.prior.heart_enlarged;
  return {index(phantom::change_between(told.prior.lesion, told.current.lesion)), now == before ? 0 : now ? 1 : 2};
}

}  // namespace

LabelKinds phantom_label_kinds() {
  LabelKinds kinds;
  kinds.of_image = {{"kind", 4}, {"side", 2}, {"zone", 3}, {"size", 3}, {"heart", 2}, {"modality", 2}, {"diagnostic", 2}};
  kinds.of_pair = {{"change", phantom::changes}, {"heart change", 3}};
  kinds.maps.assign(phantom::mapped_names.begin(), phantom::mapped_names.end());
  return kinds;
}

std::vector<Emphasis> attribute_words(const std::string& answer) {
  std::vector<Emphasis> found;
  for (std::size_t at = 0; at < answer.size();) {
    if (!is_word(answer[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < answer.size() && is_word(answer[end])) ++end;
    const std::string word = lower_case(std::string_view(answer).substr(at, end - at));
    if (std::find(attributes.begin(), attributes.end(), word) != attributes.end()) found.push_back({at, end});
    at = end;
  }
  return found;
}

Record record_of(const demo::Exercise& exercise, const phantom::PatchGrid& grid, bool labelled) {
  Record record;
  for (const phantom::Visit& visit : exercise.images) {
    record.images.push_back(demo::draw_picture(visit));
    if (labelled) record.labels.push_back({classes_of(visit.truth), draw_maps(visit, grid)});
  }
  if (labelled && record.images.size() == 2) record.pair_labels = pair_classes_of(exercise.told);
  record.prompt = exercise.prompt();
  record.answer = exercise.answer;
  record.given = exercise.given;
  record.emphasis = attribute_words(record.answer);
  return record;
}

PhantomRecords::PhantomRecords(std::uint64_t seed, const model::ModelConfig& config)
    : seed_(seed), config_(config), kinds_(phantom_label_kinds()) {}

demo::Exercise PhantomRecords::exercise(Stage stage, std::uint64_t number) const {
  const std::uint64_t patient = patient_of(seed_, number);
  if (stage == Stage::instruct && !is_volume(number) && number / 2 % continuation_every == continuation_every - 1)
    return demo::continuation_exercise(patient);
  return stage == Stage::caption ? demo::caption_exercise(patient, is_volume(number)) : demo::begun_exercise(patient, is_volume(number));
}

std::string PhantomRecords::text(std::uint64_t number) const {
  const std::uint64_t patient = number * 0x9E3779B97F4A7C15ull + 0x70CE17ull;
  const bool volume = number % 2 == 1, caption = number % caption_texts_every == 0;
  const demo::Exercise drawn = caption ? demo::caption_exercise(patient, volume) : demo::draw_exercise(patient, volume);
  return text_of(drawn.prompt(), drawn.answer);
}

Record PhantomRecords::record(Stage stage, std::uint64_t number) const {
  const demo::Exercise drawn = exercise(stage, number);
  int deepest = 1;
  for (const phantom::Visit& visit : drawn.images) deepest = std::max(deepest, visit.slices);
  const model::VisionConfig& vision = config_.vision;
  const int depths = model::common_depth(deepest, config_) / vision.frame_patch;
  return record_of(drawn, {vision.rows(), vision.columns(), depths, vision.frame_patch}, true);
}

}  // namespace radfm::training
