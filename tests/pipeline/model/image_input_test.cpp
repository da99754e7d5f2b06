// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/image_input.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace radfm::model {
namespace {

ModelConfig sized(int side, int depth_max) {
  ModelConfig config;
  config.vision.image_height = config.vision.image_width = side;
  config.vision.frame_patch = 4;
  config.input.depth_max = depth_max;
  return config;
}

struct Drawn {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;
  SourceImage source() const { return {shape, pixels.data()}; }
};

// A picture in which every pixel differs from its neighbours.
std::uint8_t noise(int x, int y, int c) {
  return static_cast<std::uint8_t>((37 * x + 101 * y + 13 * x * y + 59 * c) % 256);
}

Drawn picture(int w, int h) {
  Drawn drawn{{w, h, 1, 3}, {}};
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c = 0; c < 3; ++c) drawn.pixels.push_back(noise(x, y, c));
  return drawn;
}

Drawn volume(int w, int h, int depth) {
  Drawn drawn{{w, h, depth, 1}, {}};
  for (int z = 0; z < depth; ++z)
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x) drawn.pixels.push_back(noise(x, y, z));
  return drawn;
}

// D is the multiple of the step nearest to the largest depth, the smaller of two.
TEST(ImageInput, ChoosesOneDepth) {
  EXPECT_EQ(common_depth(1, 4, 64), 4);
  EXPECT_EQ(common_depth(6, 4, 64), 4);
  EXPECT_EQ(common_depth(7, 4, 64), 8);
  EXPECT_EQ(common_depth(200, 4, 64), 64);
  EXPECT_EQ(common_depth(200, 4, 24), 24);
}

// A model that saw one depth of volumes is shown each volume at that depth, and pictures as ever.
TEST(ImageInput, BringsVolumesToTheDepthOfTheModel) {
  auto config = sized(16, 64);
  config.input.volume_depth = 24;
  for (const int depth : {2, 9, 24, 60}) EXPECT_EQ(common_depth(depth, config), 24) << depth;
  EXPECT_EQ(common_depth(1, config), 4);
  const Drawn thin = volume(24, 20, 9);
  EXPECT_EQ(prepare_images({thin.source()}, config)->depth, 24);
}

// One value everywhere shows nothing: refused with a reason, in colour and in depth too.
TEST(ImageInput, RefusesConstantImages) {
  const auto config = sized(16, 8);
  Drawn flat{{4, 4, 3, 1}, std::vector<std::uint8_t>(48, 7)};
  EXPECT_EQ(prepare_images({flat.source()}, config).error().code, "image_constant");
  flat.pixels.back() = 8;
  EXPECT_TRUE(prepare_images({flat.source()}, config).ok());
  const Drawn colour{{2, 1, 1, 3}, {1, 2, 3, 1, 2, 3}};
  EXPECT_EQ(prepare_images({colour.source()}, config).error().code, "image_constant");
}

// Shapes are judged before a pixel is touched, at the limits and one past them.
TEST(ImageInput, RefusesImpossibleShapes) {
  EXPECT_TRUE(check_image_shape({image_side_max, 1, 1, 1}).ok());
  EXPECT_FALSE(check_image_shape({image_side_max + 1, 1, 1, 1}).ok());
  EXPECT_TRUE(check_image_shape({1, 1, image_depth_max, 3}).ok());
  EXPECT_FALSE(check_image_shape({1, 1, image_depth_max + 1, 3}).ok());
  EXPECT_FALSE(check_image_shape({0, 4, 1, 1}).ok());
  EXPECT_FALSE(check_image_shape({4, -4, 1, 1}).ok());
  EXPECT_FALSE(check_image_shape({4, 4, 1, 2}).ok());
  EXPECT_TRUE(check_image_shape({16384, 16384, 4, 1}).ok());
  EXPECT_FALSE(check_image_shape({16384, 16384, 5, 1}).ok());
}

// A radiograph beside a volume: grey in three channels, the same at each depth, not stretched; the volume
// spans 0 to 1.
TEST(ImageInput, ShowsPicturesBesideVolumes) {
  Drawn flat{{8, 8, 1, 1}, std::vector<std::uint8_t>(64, 100)};
  flat.pixels[0] = 50;
  const Drawn ct = volume(8, 8, 8);
  const auto input = prepare_images({flat.source(), ct.source()}, sized(8, 64));
  ASSERT_TRUE(input.ok());
  EXPECT_EQ(input->depth, 8);
  const std::size_t image = input->values.size() / 2, channel = image / 3;
  for (std::size_t d = 0; d < 8; ++d) EXPECT_FLOAT_EQ(input->values[d], 50 / 255.0f);
  EXPECT_FLOAT_EQ(input->values[8], 100 / 255.0f);
  EXPECT_TRUE(std::equal(input->values.begin(), input->values.begin() + static_cast<long>(channel),
                         input->values.begin() + static_cast<long>(channel)));
  const auto [low, high] =
      std::minmax_element(input->values.begin() + static_cast<long>(image), input->values.end());
  EXPECT_EQ(*low, 0.0f);
  EXPECT_EQ(*high, 1.0f);
}

// A prompt with a volume is shown at the configured side, every second row and column of what it would have
// been, its picture too; pictures alone, and volumes no deeper than one patch, are not reduced.
TEST(ImageInput, ReducesPromptsWithAVolume) {
  const Drawn flat = picture(24, 20), ct = volume(24, 20, 8), thin = volume(24, 20, 5);
  auto halved = sized(16, 64);
  halved.input.volume_side = 8;
  const auto whole = prepare_images({flat.source(), ct.source()}, sized(16, 64));
  const auto input = prepare_images({flat.source(), ct.source()}, halved);
  ASSERT_TRUE(whole.ok() && input.ok());
  EXPECT_EQ((std::vector<int>{input->images, input->height, input->width, input->depth}),
            (std::vector<int>{2, 8, 8, 8}));
  std::vector<float> expected;
  for (std::size_t plane = 0; plane < 2 * 3; ++plane)
    for (std::size_t h = 0; h < 16; h += 2)
      for (std::size_t w = 0; w < 16; w += 2)
        for (std::size_t d = 0; d < 8; ++d)
          expected.push_back(whole->values[((plane * 16 + h) * 16 + w) * 8 + d]);
  EXPECT_EQ(input->values, expected);

  for (const Drawn* image : {&flat, &thin}) {
    const auto kept = prepare_images({image->source()}, halved);
    EXPECT_EQ(kept->height, 16);
    EXPECT_EQ(kept->values, prepare_images({image->source()}, sized(16, 64))->values);
  }
}

// Slices are display order: the first stays the first.
TEST(ImageInput, KeepsTheOrderOfSlices) {
  Drawn ramp{{4, 4, 4, 1}, {}};
  for (int z = 0; z < 4; ++z) ramp.pixels.insert(ramp.pixels.end(), 16, static_cast<std::uint8_t>(z * 80));
  const auto input = prepare_images({ramp.source()}, sized(4, 4));
  ASSERT_TRUE(input.ok());
  for (std::size_t d = 0; d < 4; ++d) EXPECT_FLOAT_EQ(input->values[d], static_cast<float>(d) / 3);
}

}  // namespace
}  // namespace radfm::model
