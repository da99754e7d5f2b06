// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/image_input.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pipeline/model/resize.h"
#include "tests/pipeline/model/golden_case.h"

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

// The golden pictures (reference README): noise, and smooth ramps.
std::uint8_t noise(int x, int y, int c) {
  return static_cast<std::uint8_t>((37 * x + 101 * y + 13 * x * y + 59 * c) % 256);
}
std::uint8_t smooth(int x, int y, int c, int w, int h) {
  if (c == 0) return static_cast<std::uint8_t>(255 * x / (w - 1));
  if (c == 1) return static_cast<std::uint8_t>(255 * y / (h - 1));
  const long dx = x - w / 2, dy = y - h / 2, m = long(w / 2) * (w / 2) + long(h / 2) * (h / 2);
  return static_cast<std::uint8_t>(255 - 255 * (dx * dx + dy * dy) / m);
}

Drawn picture(const std::string& kind, int w, int h) {
  Drawn drawn{{w, h, 1, 3}, {}};
  for (int y = 0; y < h; ++y)
    for (int x = 0; x < w; ++x)
      for (int c = 0; c < 3; ++c)
        drawn.pixels.push_back(kind == "noise" ? noise(x, y, c) : smooth(x, y, c, w, h));
  return drawn;
}

Drawn volume(const std::string& kind, int w, int h, int depth, int number) {
  Drawn drawn{{w, h, depth, 1}, {}};
  for (int z = 0; z < depth; ++z)
    for (int y = 0; y < h; ++y)
      for (int x = 0; x < w; ++x)
        drawn.pixels.push_back(
            kind == "noise"
                ? static_cast<std::uint8_t>((37 * x + 101 * y + 13 * x * y + 23 * (z + 50 * number)) % 256)
                : static_cast<std::uint8_t>(20 + smooth(x, y, 2, w, h) * (100 + z % 50) / 200));
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
  const Drawn ct = volume("noise", 8, 8, 8, 0);
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
  const Drawn flat = picture("noise", 24, 20), ct = volume("noise", 24, 20, 8, 0),
              thin = volume("noise", 24, 20, 5, 0);
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

// The reference's choice of depth and slices for every depth that it lists.
TEST(ImageInputGolden, Depths) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto nearest = read_json(golden / "preprocess-depth" / "nearest.json");
  int compared = 0;
  for (const auto& entry : nearest) {
    const int in = entry["in"], target = entry["target"];
    EXPECT_EQ(common_depth(in, 4, 64), target) << in;
    const auto expected = entry["index"].get<std::vector<int>>();
    for (int i = 0; i < target; ++i)
      EXPECT_EQ(nearest_slice(i, in, target), expected[static_cast<std::size_t>(i)]) << in << " " << i;
    ++compared;
  }
  EXPECT_EQ(compared, 200);
  for (const auto& entry : read_json(golden / "preprocess-depth" / "mixed.json")) {
    const int in = entry["in"], out = entry["target"];
    const auto expected = entry["index"].get<std::vector<int>>();
    for (int i = 0; i < out; ++i)
      EXPECT_EQ(nearest_slice(i, in, out), expected[static_cast<std::size_t>(i)]) << in << " " << out;
  }
}

// Worst difference of sampled values; index is flat in `values`.
double worst_difference(const std::filesystem::path& folder, const std::vector<float>& values) {
  const auto samples = SafetensorsFile::open(folder / "samples.safetensors");
  if (!samples) return INFINITY;
  const auto index = values_of<std::int64_t>(samples->tensors().at("index"));
  const auto expected = values_of<float>(samples->tensors().at("value"));
  double worst = 0;
  for (std::size_t i = 0; i < index.size(); ++i)
    worst = std::max(worst,
                     std::abs(double(values.at(static_cast<std::size_t>(index[i]))) - double(expected[i])));
  return worst;
}

// Radiographs come out as Pillow's bicubic filter gives them.
TEST(ImageInputGolden, Pictures) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (!entry.path().filename().string().starts_with("preprocess2d-")) continue;
    SCOPED_TRACE(entry.path().filename());
    const auto json = read_json(entry.path() / "case.json");
    const auto& config = json["config"];
    const Drawn drawn = picture(config["picture"], config["width"], config["height"]);
    const auto input = prepare_images({drawn.source()}, sized(512, 64));
    ASSERT_TRUE(input.ok());
    std::vector<float> plane;  // depth 0: the reference has none
    for (std::size_t i = 0; i < input->values.size(); i += 4) plane.push_back(input->values[i]);
    EXPECT_LE(worst_difference(entry.path(), plane), json["tolerance"].get<double>());
    double sum = 0;
    for (const float value : plane) sum += value;
    EXPECT_NEAR(sum / static_cast<double>(plane.size()), json["mean"].get<double>(),
                json["tolerance_mean"].get<double>());
    ++compared;
  }
  EXPECT_EQ(compared, 7);
}

// Volumes come out as the case datasets' code gives them, two of different depth included.
TEST(ImageInputGolden, Volumes) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("preprocess3d-") || name.starts_with("preprocess3d-modality")) continue;
    SCOPED_TRACE(name);
    const auto json = read_json(entry.path() / "case.json");
    std::vector<Drawn> volumes;
    for (const auto& v : json["config"]["volumes"])
      volumes.push_back(volume(json["config"]["picture"], v["width"], v["height"], v["depth"],
                               static_cast<int>(volumes.size())));
    std::vector<SourceImage> sources;
    for (const auto& v : volumes) sources.push_back(v.source());
    const auto input = prepare_images(sources, sized(512, 64));
    ASSERT_TRUE(input.ok());
    EXPECT_EQ((std::vector<int>{input->images, 3, input->height, input->width, input->depth}),
              json["shape"].get<std::vector<int>>());
    EXPECT_LE(worst_difference(entry.path(), input->values), json["tolerance"].get<double>());
    ++compared;
  }
  EXPECT_EQ(compared, 4);
}

}  // namespace
}  // namespace radfm::model
