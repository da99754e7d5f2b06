// SPDX-License-Identifier: Apache-2.0
// The montage: letters from the affine, what lies where, limits, the same bytes each time.
#include "pipeline/imaging/montage.h"

#include <gtest/gtest.h>
#include <png.h>

#include "pipeline/imaging/canvas.h"
#include "pipeline/imaging/orientation_letters.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

struct Picture {
  int width = 0, height = 0;
  bool colour = false;
  std::vector<std::uint8_t> rgb;
  int at(int x, int y, int channel = 0) const { return rgb[static_cast<std::size_t>((y * width + x) * 3 + channel)]; }
};

Picture decoded(const std::vector<std::uint8_t>& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  EXPECT_NE(png_image_begin_read_from_memory(&image, file.data(), file.size()), 0);
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), (image.format & PNG_FORMAT_FLAG_COLOR) != 0, {}};
  image.format = PNG_FORMAT_RGB;
  picture.rgb.resize(PNG_IMAGE_SIZE(image));
  EXPECT_NE(png_image_finish_read(&image, nullptr, picture.rgb.data(), 0, nullptr), 0);
  return picture;
}

VolumeDescription axial(int width, int height, int depth) {
  VolumeDescription volume;
  volume.modality = "CT";
  volume.series_number = "3";
  volume.kind = VolumeKind::volume;
  volume.width = width;
  volume.height = height;
  volume.depth = depth;
  volume.affine = {1, 0, 0, -10, 0, 1, 0, -20, 0, 0, 5, -30, 0, 0, 0, 1};
  volume.has_geometry = true;
  return volume;
}

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(const VolumeDescription& volume, std::uint8_t grey) {
  return Bytes(static_cast<std::size_t>(volume.width * volume.height * volume.depth * volume.channels), grey);
}
PixelBlock block(const VolumeDescription& volume, std::uint8_t grey) { return {bytes_of(volume, grey), {}}; }

std::string edges(const VolumeDescription& volume) {
  const EdgeLetters e = edge_letters(volume);
  return e.left + "|" + e.right + "|" + e.top + "|" + e.bottom;
}

TEST(OrientationLetters, NameSidesByTheNearestFirst) {
  // Single axes, both directions, an oblique one, a slight tilt that is not named.
  EXPECT_EQ(letters_of({2, 0, 0}), "L");
  EXPECT_EQ(letters_of({0, -3, 0}), "A");
  EXPECT_EQ(letters_of({0, 0, 1}), "H");
  EXPECT_EQ(letters_of({-0.6, 0, -0.8}), "FR");
  EXPECT_EQ(letters_of({0.2, 0.98, 0}), "P");
  EXPECT_EQ(letters_of({0, 0, 0}), "");
  EXPECT_EQ(opposite_letters("LPH"), "RAF");
  EXPECT_EQ(opposite_letters("X"), "");
}

TEST(OrientationLetters, AllPatientPositionsAreShownFromTheFeet) {
  // Head or feet first, supine or prone: the file's rows run differently, the picture's left is the patient's right.
  for (const char* orientation : {"1\\0\\0\\0\\1\\0", "-1\\0\\0\\0\\-1\\0", "-1\\0\\0\\0\\1\\0", "1\\0\\0\\0\\-1\\0"}) {
    testing::Image image;
    image.orientation = orientation;
    const auto reading = testing::read_images({image});
    ASSERT_EQ(reading.volumes.size(), 1u);
    EXPECT_EQ(edges(reading.volumes[0]), "R|L|A|P") << orientation;
    EXPECT_EQ(plane_name(reading.volumes[0]), "axial");
  }
}

TEST(OrientationLetters, SagittalAndCoronalFromTheirFiles) {
  // However they are stored: head above; a coronal slice with the patient's right at the left, a sagittal one anterior.
  const auto of = [](const char* orientation) {
    testing::Image image;
    image.orientation = orientation;
    return testing::read_images({image}).volumes.at(0);
  };
  EXPECT_EQ(edges(of("1\\0\\0\\0\\0\\-1")), "R|L|H|F");
  EXPECT_EQ(edges(of("-1\\0\\0\\0\\0\\1")), "R|L|H|F");
  EXPECT_EQ(plane_name(of("-1\\0\\0\\0\\0\\1")), "coronal");
  EXPECT_EQ(edges(of("0\\1\\0\\0\\0\\-1")), "A|P|H|F");
  EXPECT_EQ(edges(of("0\\0\\1\\0\\-1\\0")), "A|P|H|F");
  EXPECT_EQ(plane_name(of("0\\1\\0\\0\\0\\-1")), "sagittal");
}

TEST(OrientationLetters, PicturesSayOnlyWhatTheirFileSays) {
  // No letters without Patient Orientation; with it those of the picture as it is displayed; nonsense gives none.
  VolumeDescription picture;
  EXPECT_EQ(edges(picture), "|||");
  EXPECT_EQ(plane_name(picture), "");
  EXPECT_EQ(slice_place(picture, 0), "");
  picture.patient_orientation = {"L", "F"};
  EXPECT_EQ(edges(picture), "R|L|H|F");
  picture.patient_orientation = {"?", "F"};
  EXPECT_EQ(edges(picture), "||H|F");
}

TEST(OrientationLetters, SlicesLieWhereTheirCentreIs) {
  // z = 5 k - 30 mm; a tilted normal is called oblique.
  VolumeDescription volume = axial(21, 41, 9);
  EXPECT_EQ(slice_place(volume, 0), "F 30.0 mm");
  EXPECT_EQ(slice_place(volume, 8), "H 10.0 mm");
  volume.affine[5] = 0.9;
  volume.affine[9] = 0.43589;
  EXPECT_EQ(plane_name(volume), "oblique axial");
}

TEST(Canvas, AveragesAndRepeats) {
  // Two pixels into one; one into two; nothing outside is drawn.
  const std::uint8_t pixels[] = {0, 100, 200, 50};
  Canvas canvas(4, 2, 1);
  canvas.draw({pixels, 4, 1, 1}, 0, 0, 2, 1);
  EXPECT_EQ(canvas.at(0, 0), 50);
  EXPECT_EQ(canvas.at(1, 0), 125);
  canvas.draw({pixels, 2, 1, 1}, 0, 1, 4, 1);
  EXPECT_EQ(canvas.at(1, 1), 0);
  EXPECT_EQ(canvas.at(2, 1), 100);
  canvas.draw({pixels, 2, 1, 1}, 3, 1, 4, 4);
  EXPECT_EQ(canvas.at(3, 1), 0);
}

TEST(Canvas, WritesLetters) {
  // "L" is a stroke down at the left and one at the foot; what is no ASCII is a question mark of the same width.
  Canvas canvas(20, 12, 1);
  canvas.write("L", 2, 2, 1, 200);
  for (int y = 2; y < 9; ++y) EXPECT_EQ(canvas.at(2, y), 200);
  for (int x = 2; x < 7; ++x) EXPECT_EQ(canvas.at(x, 8), 200);
  EXPECT_EQ(canvas.at(4, 4), 0);
  EXPECT_EQ(Canvas::text_width("\xff?", 2), 22);
}

TEST(Montage, ABrightLeftIsAtTheLeft) {
  // The volume's first column is bright: so is the left of its tile, and the right is not.
  const VolumeDescription volume = axial(4, 4, 1);
  Bytes bytes = bytes_of(volume, 10);
  for (std::size_t row = 0; row < 4; ++row) bytes[row * 4] = 250;
  const PixelBlock pixels{bytes, {}};
  MontageLimits limits;
  limits.tile = 100;
  const Picture picture = decoded(*montage_png({{&volume, &pixels}}, limits));
  EXPECT_FALSE(picture.colour);
  EXPECT_EQ(picture.at(4 + 10, 28 + 25), 250);
  EXPECT_EQ(picture.at(4 + 190, 28 + 25), 10);
}

TEST(Montage, ColoursStay) {
  // One picture in colours makes the whole montage one.
  VolumeDescription volume = axial(2, 2, 1);
  volume.channels = 3;
  volume.has_geometry = false;
  Bytes bytes = bytes_of(volume, 0);
  for (std::size_t i = 0; i < bytes.size(); i += 3) bytes[i] = 255;
  const PixelBlock pixels{bytes, {}};
  const Picture picture = decoded(*montage_png({{&volume, &pixels}}));
  EXPECT_TRUE(picture.colour);
  EXPECT_EQ(picture.at(100, 100, 0), 255);
  EXPECT_EQ(picture.at(100, 100, 1), 0);
}

TEST(Montage, TheSameBytesEachTimeAndNoTextOfThePatient) {
  // Deterministic; two studies that differ in dates and UIDs alone give one picture.
  VolumeDescription volume = axial(8, 8, 30);
  const PixelBlock pixels = block(volume, 90);
  const auto first = *montage_png({{&volume, &pixels}});
  EXPECT_EQ(*montage_png({{&volume, &pixels}}), first);
  volume.study_date = "20261124";
  volume.series_instance_uid = "1.2.3";
  EXPECT_EQ(*montage_png({{&volume, &pixels}}), first);
  volume.series_description = "M\xc3\xbcller";
  const auto umlaut = *montage_png({{&volume, &pixels}});
  volume.series_description = "M?ller";
  EXPECT_EQ(*montage_png({{&volume, &pixels}}), umlaut);
}

TEST(Montage, StaysWithinItsLimits) {
  // More images than are shown are counted; fewer bytes are reached by smaller tiles; too few bytes are an error.
  const VolumeDescription volume = axial(64, 64, 3);
  Bytes bytes = bytes_of(volume, 0);
  unsigned state = 1;
  for (auto& pixel : bytes) pixel = static_cast<std::uint8_t>((state = state * 1'103'515'245 + 12'345) >> 16);
  const PixelBlock pixels{bytes, {}};
  const std::vector<MontageImage> images(10, {&volume, &pixels});
  const auto full = *montage_png(images);
  MontageLimits limits;
  limits.bytes_max = full.size();
  EXPECT_EQ(*montage_png(images, limits), full);
  limits.bytes_max = full.size() - 1;
  const auto smaller = *montage_png(images, limits);
  EXPECT_LE(smaller.size(), limits.bytes_max);
  EXPECT_LT(decoded(smaller).width, decoded(full).width);
  limits.bytes_max = 100;
  EXPECT_EQ(montage_png(images, limits).error().code, "montage_too_large");
  limits = {};
  limits.images_max = 10;
  EXPECT_GT(decoded(*montage_png(images, limits)).height, decoded(full).height);
}

TEST(Montage, WhatDoesNotFitItsDescriptionIsNotDrawn) {
  // No image, no pixels, too few pixels, an impossible shape.
  VolumeDescription volume = axial(4, 4, 2);
  PixelBlock pixels = block(volume, 1);
  EXPECT_EQ(montage_png({}).error().code, "no_image");
  EXPECT_EQ(montage_png({{&volume, nullptr}}).error().code, "no_image");
  pixels.display = Bytes(pixels.display.begin(), pixels.display.end() - 1);
  EXPECT_EQ(montage_png({{&volume, &pixels}}).error().code, "no_image");
  volume.channels = 2;
  EXPECT_EQ(montage_png({{&volume, &pixels}}).error().code, "no_image");
  StudyReading reading;
  reading.volumes = {volume, volume};
  reading.pixels = {PixelBlock{}, pixels};
  EXPECT_EQ(montage_images(reading).size(), 1u);
}

}  // namespace
}  // namespace radfm::imaging
