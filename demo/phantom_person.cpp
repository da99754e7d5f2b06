// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_person.h"

#include <algorithm>
#include <iterator>

#include "demo/phantom_random.h"
#include "pipeline/draft/header_tags.h"

namespace radfm::demo {
namespace {

constexpr const char* indications[] = {"cough", "fever", "dyspnoea", "chest pain", "weight loss", "shortness of breath",
                                       "follow-up of a nodule", "nodule in the left lung", "nodule in the right lung",
                                       "pneumonia", "pleural effusion", "enlarged heart", "routine control", "haemoptysis",
                                       "before surgery", "consolidation, follow-up", "suspected pneumothorax"};

std::string decimal_places(int number, int places) {
  std::string text = std::to_string(number);
  return std::string(static_cast<std::size_t>(std::max(0, places - static_cast<int>(text.size()))), '0') + text;
}

std::string date_text(int year, int month, int day) {
  return decimal_places(year, 4) + decimal_places(month, 2) + decimal_places(day, 2);
}

}  // namespace

PhantomPerson draw_person(std::uint64_t seed) {
  phantom::Random random(seed ^ 0x9A71E57ull);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random.unit() * (high - low + 1)); };
  PhantomPerson drawn;
  const int year = between(2019, 2027), month = between(1, 12), day = between(1, 28), months_ago = between(1, 30);
  const int prior_month = 12 * year + month - 1 - months_ago;
  drawn.current_date = date_text(year, month, day);
  drawn.prior_date = date_text(prior_month / 12, prior_month % 12 + 1, between(1, 28));
  const bool told = random.unit() < 0.75;
  const bool woman = random.unit() < 0.5;
  const int age = between(19, 92);
  drawn.name = "Phantom^Case-" + std::to_string(seed);
  drawn.id = "PHANTOM-" + std::to_string(seed);
  drawn.issuer = "RADFM-DEMO";
  drawn.sex = told ? (woman ? "F" : "M") : "";
  drawn.birth_date = told ? date_text(year - age, between(1, 12), between(1, 28)) : "";
  constexpr std::size_t count = std::size(indications);
  const auto choice = static_cast<std::size_t>(random.next() % count);
  if (random.unit() < 0.65) drawn.indication = indications[choice];
  return drawn;
}

AttributeSet header_of(const PhantomPerson& person) {
  namespace tag = draft::tag;
  AttributeSet header;
  const auto put = [&](std::uint32_t name, const char* vr, const std::string& value) {
    if (!value.empty()) header[name] = {vr, value, {}};
  };
  put(tag::study_date, "DA", person.current_date);
  put(tag::patient_id, "LO", person.id);
  put(tag::birth_date, "DA", person.birth_date);
  put(tag::sex, "CS", person.sex);
  put(tag::reason_for_study, "LO", person.indication);
  return header;
}

}  // namespace radfm::demo
