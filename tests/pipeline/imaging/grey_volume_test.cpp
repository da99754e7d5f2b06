// SPDX-License-Identifier: Apache-2.0
// One window for all slices: what is shown of CT, MR, PET, radiographs; inversion once; padding counted nowhere.
#include "pipeline/imaging/grey_volume.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

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

StoredPixels stored(std::vector<std::int32_t> values, int rows = 1) {
  StoredPixels pixels;
  pixels.rows = rows;
  pixels.columns = static_cast<int>(values.size()) / rows;
  pixels.values = std::move(values);
  return pixels;
}

GreyVolume slice_of(const std::vector<std::int32_t>& values, const GreyScale& grey) {
  GreyVolume volume(1, values.size());
  volume.put(0, stored(values), grey, {});
  return volume;
}

GreyScale padded(GreyScale grey, double padding) {
  grey.padding = {padding, padding};
  return grey;
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
  std::vector<std::int32_t> plain, mirrored;
  for (int i = 0; i < 997; ++i) {
    plain.push_back(i * i * 37 % 4096);
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
  // Windowed slice by slice as they come, in several threads' order, turned or not, by a table (few grey values) or value by
  // value (more grey values than pixels): the same grey, padding and values as all at the end.
  GreyScale grey = padded(grey_of(false, 12), -1'976);
  grey.unit = "HU";
  grey.slope = 1.5;
  grey.intercept = -1'000;
  InstanceFacts facts;
  facts.modality = "CT";
  facts.hounsfield = true;
  const std::vector<std::int32_t> apart = {-1'976, 560, 693, 694, 827, 9'000}, near = {693, 694, 695, 694, 693, 695};
  DisplayTurn transposed, mirrored;
  transposed.transpose = true;
  mirrored.mirror_columns = mirrored.mirror_rows = true;
  ASSERT_FALSE(grey_table(stored(apart), grey, {0, 1}));
  ASSERT_TRUE(grey_table(stored(near), grey, {0, 1}));
  for (const bool keep : {true, false}) {
    for (const DisplayTurn& turn : {DisplayTurn{}, transposed, mirrored}) {
      GreyVolume at_the_end(2, 6), at_once(2, 6);
      at_once.window_at_once(ct_window(facts, {}), keep);
      for (GreyVolume* volume : {&at_the_end, &at_once}) {
        volume->put(1, stored(near, 2), grey, turn);
        volume->put(0, stored(apart, 2), grey, turn);
      }
      const auto end = at_the_end.show_slices(facts, {}), once = at_once.show_slices(facts, {});
      ASSERT_TRUE(end && once);
      EXPECT_EQ(once->display, end->display);
      EXPECT_EQ(once->window, end->window);
      EXPECT_EQ(at_once.take_values(), keep ? at_the_end.take_values() : std::vector<float>{});
    }
  }
}

TEST(GreyVolume, ATableShowsEachStoredValueAsTheValueItself) {
  // All stored values of 12 bits, with padding among them and a table in the file instead of a rescale; at the most entries that
  // a frame of so many pixels gets, and one more.
  std::vector<std::int32_t> all;
  for (int value = 0; value < 4'096; ++value) all.push_back(4'095 - value);
  GreyScale by_slope = padded(grey_of(false, 12), 63), by_lut = by_slope;
  by_slope.intercept = -1'024;
  by_lut.modality_lut = LookupTable{100, {0, 7, 90, 1'000, 65'535}, 16};
  for (const GreyScale& grey : {by_slope, by_lut}) {
    const auto table = grey_table(stored(all), grey, {-160, 240});
    ASSERT_TRUE(table);
    Bytes shown(all.size());
    table->look_up(all, shown.data());
    const ModalityPixels modality = modality_pixels(stored(all), grey);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const int expected = modality.is_padding[i] ? 0 : rounded_to_8_bits(scaled_to_255(modality.values[i], -160, 240));
      ASSERT_EQ(shown[i], expected) << all[i];
      ASSERT_EQ(table->is_padding(table->entry_of(all[i])), all[i] == 63);
    }
  }
  all.back() = -1;
  EXPECT_FALSE(grey_table(stored(all), by_slope, {-160, 240}));
  StoredPixels widest = stored({std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()});
  EXPECT_FALSE(grey_table(widest, by_slope, {-160, 240}));
  StoredPixels reals;
  reals.reals = {0.5, 1.5};
  EXPECT_FALSE(grey_table(reals, by_slope, {-160, 240}));
}

TEST(GreyVolume, AVolumeOfOneValueIsBlankHoweverItIsWindowed) {
  // Also by a table, and where the only other value is padding.
  InstanceFacts facts;
  facts.modality = "CT";
  facts.hounsfield = true;
  const GreyScale grey = padded(grey_of(false, 12), 4);
  for (const std::vector<std::int32_t>& second : {std::vector{5, 5, 4, 5}, std::vector{5, 5, 6, 5}}) {
    GreyVolume volume(2, 4);
    volume.window_at_once(ct_window(facts, {}), false);
    volume.put(0, stored({5, 5, 5, 5}), grey, {});
    volume.put(1, stored(second), grey, {});
    const auto shown = volume.show_slices(facts, {});
    EXPECT_EQ(shown ? "" : shown.error().code, second[2] == 4 ? "blank_image" : "");
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
  const auto pet = [&](const std::vector<std::int32_t>& second) {
    GreyVolume volume(2, 2);
    volume.put(0, stored({0, 2'500}), one, {});
    volume.put(1, stored(second), two, {});
    return slices_shown(std::move(volume), "PT");
  };
  const auto shown = pet({250, 900});
  EXPECT_EQ(shown.display, (Bytes{0, 128, 128, 255}));
  EXPECT_EQ(shown.window, "SUV 0 to 5 (body weight)");
  two.suv = {std::nullopt, "the unit is counts"};
  const auto counts = pet({0, 1});
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
  const auto shown = [](VoiFunction function, const std::vector<std::int32_t>& values) {
    GreyScale grey = grey_of(false, 12);
    grey.window = Window{100, 10, function};
    return slice_of(values, grey).show_picture({})->display;
  };
  EXPECT_EQ(shown(VoiFunction::linear, {94, 95, 96, 103, 104, 105}), (Bytes{0, 0, 28, 227, 255, 255}));
  EXPECT_EQ(shown(VoiFunction::linear_exact, {94, 95, 96, 104, 105, 106}), (Bytes{0, 0, 26, 230, 255, 255}));
  EXPECT_EQ(shown(VoiFunction::sigmoid, {90, 95, 100, 105, 110}), (Bytes{5, 30, 128, 225, 250}));
}

TEST(GreyVolume, PaddingIsCountedNowhere) {
  // An outlier under the padding moves no percentile, is black and becomes the lowest value.
  GreyVolume volume = slice_of({0, 10, 20, 9'000}, padded(grey_of(false, 16), 9'000));
  InstanceFacts facts;
  facts.modality = "MR";
  EXPECT_EQ(volume.show_slices(facts, {})->display, (Bytes{0, 128, 255, 0}));
  EXPECT_EQ(volume.take_values(), (std::vector<float>{0, 10, 20, 0}));
  EXPECT_EQ(slice_of({5, 5, 9}, padded(grey_of(false, 16), 9)).show_picture({}).error().code, "blank_image");
}

}  // namespace
}  // namespace radfm::imaging
