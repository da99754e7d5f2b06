// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "demo/phantom_picture.h"

namespace radfm::phantom {
namespace {

constexpr std::uint64_t patients = 4000;

double size_of(const Finding& finding) { return finding.kind == Kind::effusion ? finding.height_share : finding.extent_mm; }

TEST(PhantomCase, TheMixIsTheTables) {
  // Aim: each change comes as often as the header says, within what chance allows, and is what the two lesions say.
  std::array<int, changes> seen{};
  int enlarged = 0, heart_changes = 0;
  for (std::uint64_t seed = 0; seed < patients; ++seed) {
    const Pair pair = draw_pair(seed, Modality::radiograph, Modality::radiograph);
    ASSERT_EQ(pair.change, change_between(pair.prior.truth.lesion, pair.current.truth.lesion)) << seed;
    ++seen[static_cast<std::size_t>(pair.change)];
    enlarged += pair.current.truth.heart_enlarged;
    heart_changes += pair.current.truth.heart_enlarged != pair.prior.truth.heart_enlarged;
  }
  constexpr std::array<double, changes> percent{5, 14, 14, 22, 8, 8, 14, 15};
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_NEAR(100.0 * seen[i] / patients, percent[i], 2.5) << i;
  EXPECT_NEAR(1.0 * enlarged / patients, 0.33, 0.03);
  EXPECT_NEAR(1.0 * heart_changes / patients, 0.25, 0.03);
}

TEST(PhantomCase, SizesHaveGapsAndChangesAreSeen) {
  // Aim: another size is a ratio of 1.3 or more, an unchanged one is within 2 % of its; hearts are of one class or the other.
  for (std::uint64_t seed = 0; seed < patients; ++seed) {
    const Pair pair = draw_pair(seed, Modality::ct, Modality::ct);
    const double ratio = size_of(pair.current.finding) / size_of(pair.prior.finding);
    if (pair.change == Change::larger) { EXPECT_GE(ratio, 1.3) << seed; }
    if (pair.change == Change::smaller) { EXPECT_LE(ratio, 1 / 1.3) << seed; }
    if (pair.change == Change::unchanged) { EXPECT_NEAR(std::log(ratio), 0, 0.0201) << seed; }
    for (const Visit* visit : {&pair.prior, &pair.current}) {
      const double share = 2 * visit->anatomy.heart_half_width_mm / visit->anatomy.chest_width_mm();
      EXPECT_EQ(share > 0.5, visit->truth.heart_enlarged);
      EXPECT_TRUE(share > 0.55 || share < 0.48) << share;
    }
  }
}

TEST(PhantomCase, LesionsLieWhereTheTruthSays) {
  // Aim: side, zone with its margin, inside the lung; a nodule's centre is not behind the heart.
  int crowded = 0, nodules = 0;
  for (std::uint64_t seed = 0; seed < patients; ++seed) {
    const Visit visit = draw_pair(seed, Modality::radiograph, Modality::radiograph).current;
    const Anatomy& a = visit.anatomy;
    const Finding& f = visit.finding;
    ASSERT_EQ(f.kind, visit.truth.lesion.kind);
    if (f.kind != Kind::nodule && f.kind != Kind::consolidation) continue;
    EXPECT_EQ(f.centre.x_mm > 0, visit.truth.lesion.side == Side::left);
    const double in_lung = (f.centre.y_mm - a.lung_top_mm()) / a.zone_height_mm() - static_cast<int>(visit.truth.lesion.zone);
    EXPECT_GE(in_lung, 0.149);
    EXPECT_LE(in_lung, 0.851);
    EXPECT_LE(std::abs(std::abs(f.centre.x_mm) - a.lung_centre_mm) + f.extent_mm / 2, a.lung_half_width_mm + 0.5) << seed;
    EXPECT_LE(f.centre.y_mm + f.extent_mm / 2, a.diaphragm_mm + 8.0) << seed;
    if (f.kind != Kind::nodule) continue;
    ++nodules;
    const double across = (f.centre.x_mm - heart_centre_mm) / a.heart_half_width_mm;
    const double down = (f.centre.y_mm - a.diaphragm_mm + heart_above_diaphragm_mm) / a.heart_half_height_mm;
    crowded += across * across + down * down < 1;
  }
  EXPECT_LE(crowded, nodules / 50);
}

// Mean absolute difference of the pictures inside the finding, in grey levels.
double contrast_of(const Visit& visit) {
  Visit without = visit;
  without.finding = Finding{};
  const auto with_finding = demo::draw_picture(visit), none = demo::draw_picture(without);
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < with_finding.pixels.size(); ++i) {
    const double difference = std::abs(double(with_finding.pixels[i]) - double(none.pixels[i]));
    if (difference > 12) sum += difference, ++count;
  }
  return count == 0 ? 0 : sum / count * std::min(1.0, count / 15.0);
}

TEST(PhantomCase, EveryFindingIsSeen) {
  // Aim: no phantom's finding drowns: it changes at least fifteen pixels by more than 12 of 256 levels, by 25 on the whole.
  for (const Modality modality : {Modality::radiograph, Modality::ct}) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
      Visit visit = draw_pair(seed, modality, modality).current;
      visit.voi_window = true;  // percentiles would move with the finding
      if (visit.finding.kind == Kind::none) continue;
      EXPECT_GE(contrast_of(visit), 25) << seed;
    }
  }
}

TEST(PhantomCase, IsTheSameForEver) {
  // Aim: a seed's pictures do not change unnoticed: models and figures were made with them.
  const auto digest_of = [](const Visit& visit) {
    std::uint64_t digest = 0xCBF29CE484222325ull;  // FNV-1a
    for (const auto byte : demo::draw_picture(visit).pixels) digest = (digest ^ byte) * 0x100000001B3ull;
    return digest;
  };
  EXPECT_EQ(digest_of(draw_pair(42, Modality::radiograph, Modality::radiograph).current), 16438719609283374635ull);
  EXPECT_EQ(digest_of(draw_pair(42, Modality::ct, Modality::ct).prior), 14541160234847697887ull);
  EXPECT_NE(demo::draw_picture(draw_pair(42, Modality::ct, Modality::ct).current).pixels,
            demo::draw_picture(draw_pair(43, Modality::ct, Modality::ct).current).pixels);
}

TEST(PhantomBlank, IsNoDiagnosticImageAndNotOneValue) {
  // Aim: noise, empty and gradient all occur, have no truth but that, and are pictures that the model can be shown.
  std::array<int, 4> seen{};
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const Visit visit = draw_blank(seed, seed % 2 == 0 ? Modality::radiograph : Modality::ct);
    EXPECT_FALSE(visit.truth.diagnostic);
    ++seen[static_cast<std::size_t>(visit.blank)];
    const auto picture = demo::draw_picture(visit);
    EXPECT_NE(*std::min_element(picture.pixels.begin(), picture.pixels.end()),
              *std::max_element(picture.pixels.begin(), picture.pixels.end()));
  }
  EXPECT_EQ(seen[0], 0);
  for (const std::size_t i : {1u, 2u, 3u}) EXPECT_GT(seen[i], 5) << i;
}

}  // namespace
}  // namespace radfm::phantom
