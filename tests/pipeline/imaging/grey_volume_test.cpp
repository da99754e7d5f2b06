// SPDX-License-Identifier: Apache-2.0
// One window for all slices: what is shown of CT, MR, PET, radiographs; inversion once; padding counted nowhere.
#include "pipeline/imaging/grey_volume.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/imaging/window_table.h"

namespace radfm::imaging {
namespace {

using Bytes = std::vector<std::uint8_t>;

GreyScale grey_of(bool inverted, int bits) {
  GreyScale grey;
  grey.inverted = inverted;
  grey.stored_bits = bits;
  grey.modality_range = {0, std::exp2(bits) - 1};
  return grey;
}

GreyVolume slice_of(std::vector<float> values, const GreyScale& grey, std::vector<bool> padding = {}) {
  GreyVolume volume(1, values.size());
  const int columns = static_cast<int>(values.size());
  volume.put(0, {std::move(values), std::move(padding)}, grey, 1, columns, {});
  return volume;
}

GreyVolume::Shown slices_shown(GreyVolume volume, const char* modality, const ImagingSettings& settings = {}) {
  InstanceFacts facts;
  facts.modality = modality;
  auto shown = volume.show_slices(facts, settings);
  EXPECT_TRUE(shown);
  return shown ? *shown : GreyVolume::Shown{};
}

TEST(GreyVolume, AnInvertedVolumeIsTheSameToTheBit) {
  // MR of 12 bits stored as 4095 - v with MONOCHROME1: the same grey as v with MONOCHROME2.
  std::vector<float> plain, mirrored;
  for (int i = 0; i < 997; ++i) {
    plain.push_back(static_cast<float>(i * i * 37 % 4096));
    mirrored.push_back(4095 - plain.back());
  }
  const auto first = slices_shown(slice_of(plain, grey_of(false, 12)), "MR");
  const auto second = slices_shown(slice_of(mirrored, grey_of(true, 12)), "MR");
  EXPECT_EQ(first.display, second.display);
  EXPECT_EQ(first.window, "percentile 1 to 99");
}

TEST(GreyVolume, HounsfieldUnitsAreNotInverted) {
  // A CT says with MONOCHROME1 how to show air, not that it is bone; the unit may come from a real world map.
  GreyScale grey = grey_of(true, 12);
  grey.unit = "[hnsf'U]";
  const auto shown = slices_shown(slice_of({-1000, 40, 1000}, grey), "CT");
  EXPECT_EQ(shown.display, (Bytes{0, 128, 255}));
  EXPECT_EQ(shown.window, "centre 40 width 400 (soft tissue)");
}

TEST(GreyVolume, AWindowThatIsKnownBeforeThePixelsIsTheSame) {
  // Windowed slice by slice as they come, from several threads' order: the same grey, padding and values as all at the end.
  GreyScale grey = grey_of(false, 12);
  grey.unit = "HU";
  InstanceFacts facts;
  facts.modality = "CT";
  facts.hounsfield = true;
  const std::vector<float> one = {-2'000, -160, 40, 41, 240, 9'000}, two = {0, 1, 2, 3, 4, 5};
  const std::vector<bool> padding = {true, false, false, false, false, false};
  for (const bool keep : {true, false}) {
    GreyVolume at_the_end(2, 6), at_once(2, 6);
    at_once.window_at_once(ct_window(facts, {}), keep);
    for (GreyVolume* volume : {&at_the_end, &at_once}) {
      volume->put(1, {two, {}}, grey, 2, 3, {});
      volume->put(0, {one, padding}, grey, 2, 3, {});
    }
    const auto end = at_the_end.show_slices(facts, {}), once = at_once.show_slices(facts, {});
    ASSERT_TRUE(end && once);
    EXPECT_EQ(once->display, end->display);
    EXPECT_EQ(once->window, end->window);
    EXPECT_EQ(at_once.take_values(), keep ? at_the_end.take_values() : std::vector<float>{});
  }
}

TEST(GreyVolume, PercentilesAreThoseOfTheTable) {
  // 0 to 100 and 25 to 75 of five values.
  ImagingSettings settings;
  settings.mr_percentiles = {0, 100};
  EXPECT_EQ(slices_shown(slice_of({0, 10, 20, 30, 40}, grey_of(false, 16)), "MR", settings).display, (Bytes{0, 64, 128, 191, 255}));
  settings.other_percentiles = {25, 75};
  const auto shown = slices_shown(slice_of({0, 10, 20, 30, 40}, grey_of(false, 16)), "NM", settings);
  EXPECT_EQ(shown.display, (Bytes{0, 0, 128, 255, 255}));
  EXPECT_EQ(shown.window, "percentile 25 to 75");
}

TEST(GreyVolume, PetIsShownAsSuvSliceBySlice) {
  // Two slices with factors of their own; SUV 5 is white. One slice without a factor: percentiles, and why.
  GreyScale one, two;
  one.suv = {0.001, ""};
  two.suv = {0.01, ""};
  GreyVolume volume(2, 2);
  volume.put(0, {{0, 2'500}, {}}, one, 1, 2, {});
  volume.put(1, {{250, 900}, {}}, two, 1, 2, {});
  const auto shown = slices_shown(volume, "PT");
  EXPECT_EQ(shown.display, (Bytes{0, 128, 128, 255}));
  EXPECT_EQ(shown.window, "SUV 0 to 5 (body weight)");
  two.suv = {std::nullopt, "the unit is counts"};
  volume.put(1, {{0, 1}, {}}, two, 1, 2, {});
  const auto counts = slices_shown(volume, "PT");
  EXPECT_EQ(counts.window, "percentile 1 to 99");
  EXPECT_EQ(counts.notes, std::vector<std::string>{"SUV was not computed: the unit is counts"});
}

TEST(GreyVolume, PicturesOfEightBitsAreShownAsTheyAre) {
  // Without a window, 8 bits are the grey itself, or 255 minus it; 16 bits go by percentile.
  const auto shown = slice_of({0, 100, 200}, grey_of(false, 8)).show_picture({});
  EXPECT_EQ(shown->display, (Bytes{0, 100, 200}));
  EXPECT_EQ(shown->window, "whole range of the file");
  EXPECT_EQ(slice_of({0, 100, 200}, grey_of(true, 8)).show_picture({})->display, (Bytes{255, 155, 55}));
  EXPECT_EQ(slice_of({0, 100, 200}, grey_of(false, 16)).show_picture({})->display, (Bytes{0, 128, 255}));
}

TEST(GreyVolume, WindowsAtTheirEdges) {
  // PS3.3 C.11.2.1.2, centre 100 width 10: linear 95 to 104, linear exact 95 to 105, sigmoid 255 / (1 + e^(-0.4 (x - 100))).
  const auto shown = [](VoiFunction function, std::vector<float> values) {
    GreyScale grey = grey_of(false, 12);
    grey.window = Window{100, 10, function};
    return slice_of(std::move(values), grey).show_picture({})->display;
  };
  EXPECT_EQ(shown(VoiFunction::linear, {94, 95, 96, 103, 104, 105}), (Bytes{0, 0, 28, 227, 255, 255}));
  EXPECT_EQ(shown(VoiFunction::linear_exact, {94, 95, 96, 104, 105, 106}), (Bytes{0, 0, 26, 230, 255, 255}));
  EXPECT_EQ(shown(VoiFunction::sigmoid, {90, 95, 100, 105, 110}), (Bytes{5, 30, 128, 225, 250}));
}

TEST(GreyVolume, PaddingIsCountedNowhere) {
  // An outlier under the padding moves no percentile, is black and becomes the lowest value.
  GreyVolume volume = slice_of({0, 10, 20, 9'000}, grey_of(false, 16), {false, false, false, true});
  InstanceFacts facts;
  facts.modality = "MR";
  EXPECT_EQ(volume.show_slices(facts, {})->display, (Bytes{0, 128, 255, 0}));
  EXPECT_EQ(volume.take_values(), (std::vector<float>{0, 10, 20, 0}));
  EXPECT_EQ(slice_of({5, 5, 9}, grey_of(false, 16), {false, false, true}).show_picture({}).error().code, "blank_image");
}

}  // namespace
}  // namespace radfm::imaging
