// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_chest.h"

#include <gtest/gtest.h>

#include <cmath>

#include "demo/phantom_random.h"

namespace radfm::phantom {
namespace {

constexpr int matrix = 128;

Exposure noiseless() {
  Exposure exposure;
  exposure.noise = 0;
  exposure.offset = 0;
  exposure.marker = false;
  return exposure;
}

double at(const std::vector<float>& pixels, double x_mm, double y_mm) {
  const auto index = [](double mm) { return static_cast<int>((mm + field_of_view_mm / 2) * matrix / field_of_view_mm); };
  return static_cast<double>(pixels[static_cast<std::size_t>(index(y_mm) * matrix + index(x_mm))]);
}

TEST(PhantomRadiograph, TheNoduleIsOnItsSideAndInItsZone) {
  // Aim: for each side and zone the brightest difference to the same chest without a nodule is where it was ordered.
  const Anatomy anatomy = draw_anatomy(1);
  const Finding none;
  const auto without = draw_radiograph(anatomy, none, noiseless(), matrix);
  for (const Side side : {Side::right, Side::left}) {
    for (const Zone zone : {Zone::upper, Zone::middle, Zone::lower}) {
      const Finding finding = nodule(anatomy, side, zone, 20);
      const auto with = draw_radiograph(anatomy, finding, noiseless(), matrix);
      const Point centre = finding.centre;
      EXPECT_EQ(centre.x_mm > 0, side == Side::left) << "the patient's left is at the image's right";
      EXPECT_NEAR(at(with, centre.x_mm, centre.y_mm) - at(without, centre.x_mm, centre.y_mm), finding.contrast, 0.01);
      EXPECT_NEAR(at(with, -centre.x_mm, centre.y_mm), at(without, -centre.x_mm, centre.y_mm), 1e-6);
    }
  }
}

TEST(PhantomRadiograph, TheDrawnSizeIsTheOrderedSize) {
  // Aim: the area of the difference is that of a disc of the diameter.
  const Anatomy anatomy = draw_anatomy(2);
  const Finding none;
  const auto without = draw_radiograph(anatomy, none, noiseless(), 512);
  for (const double diameter_mm : {16.0, 24.0, 34.0}) {
    const Finding finding = nodule(anatomy, Side::right, Zone::middle, diameter_mm);
    const auto with = draw_radiograph(anatomy, finding, noiseless(), 512);
    double area_mm2 = 0;
    for (std::size_t i = 0; i < with.size(); ++i) {
      area_mm2 += (static_cast<double>(with[i]) - static_cast<double>(without[i])) / finding.contrast;
    }
    area_mm2 *= std::pow(field_of_view_mm / 512, 2);
    EXPECT_NEAR(2 * std::sqrt(area_mm2 / 3.14159265), diameter_mm, 0.5);
  }
}

TEST(PhantomRadiograph, KnownPoints) {
  // Aim: air outside, dark lungs, bright middle; the heart is to the patient's left.
  const Anatomy anatomy;
  const Finding none;
  const auto pixels = draw_radiograph(anatomy, none, noiseless(), matrix);
  EXPECT_NEAR(at(pixels, -175, -170), 0, 1e-6);
  EXPECT_LT(at(pixels, -anatomy.lung_centre_mm, 0), 0.35);
  EXPECT_LT(at(pixels, anatomy.lung_centre_mm, -50), 0.35);
  EXPECT_GT(at(pixels, 0, 0), 0.7);
  EXPECT_GT(at(pixels, 60, 45), at(pixels, -60, 45) + 0.15);
}

TEST(PhantomRadiograph, TheMarkerStandsAtThePatientsLeft) {
  // Aim: the L is white at the image's top right.
  Exposure exposure = noiseless();
  exposure.marker = true;
  const auto pixels = draw_radiograph(Anatomy{}, Finding{}, exposure, matrix);
  EXPECT_EQ(at(pixels, 146.5, -160), 1.0);
  EXPECT_LT(at(pixels, -146.5, -160), 0.2);
}

TEST(PhantomCt, HounsfieldUnitsAtKnownPoints) {
  // Aim: air, lung, nodule, heart and spine have their units; a nodule is in no slice far from it.
  const Anatomy anatomy;
  const Finding finding = nodule(anatomy, Side::right, Zone::lower, 24);
  const Point centre = finding.centre;
  const auto slice = draw_ct_slice(anatomy, finding, noiseless(), matrix, -centre.y_mm, 5);
  EXPECT_NEAR(at(slice, -178, -178), -1000, 1);
  EXPECT_NEAR(at(slice, centre.x_mm, centre.depth_mm), 45, 5);
  EXPECT_NEAR(at(slice, -centre.x_mm, centre.depth_mm), -840, 60);
  EXPECT_NEAR(at(slice, 0, 0.62 * anatomy.body_half_depth_mm), 420, 5);
  EXPECT_NEAR(at(slice, 20, -22), 48, 5);
  const auto far = draw_ct_slice(anatomy, finding, noiseless(), matrix, -centre.y_mm + 40, 5);
  EXPECT_LT(at(far, centre.x_mm, centre.depth_mm), -700);
}

TEST(PhantomRandom, IsTheSameForEver) {
  // Aim: the published first number of SplitMix64 for seed 0; ranges hold.
  EXPECT_EQ(Random(0).next(), 0xE220A8397B1DCDAFull);
  Random random(5);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double value = random.between(2, 3);
    ASSERT_GE(value, 2);
    ASSERT_LT(value, 3);
    sum += random.normal();
  }
  EXPECT_NEAR(sum / 10'000, 0, 0.05);
}

}  // namespace
}  // namespace radfm::phantom
