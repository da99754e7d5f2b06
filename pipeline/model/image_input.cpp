// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/image_input.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pipeline/model/resize.h"

namespace radfm::model {
namespace {

// One image at the network's height and width: a plane for each slice.
struct Planes {
  bool volume = false;
  std::vector<Picture> slices;
};

bool is_constant(const SourceImage& image) {
  const std::size_t pixel = static_cast<std::size_t>(image.shape.channels);
  const std::size_t bytes = image.shape.bytes();
  // Each byte equals the one a pixel earlier: all pixels are the same colour.
  return std::equal(image.pixels + pixel, image.pixels + bytes, image.pixels);
}

double median_depth(const std::vector<SourceImage>& images) {
  std::vector<int> depths;
  for (const auto& image : images)
    if (image.shape.depth > 1) depths.push_back(image.shape.depth);
  if (depths.empty()) return 1;
  std::sort(depths.begin(), depths.end());
  const std::size_t middle = depths.size() / 2;
  return depths.size() % 2 ? depths[middle] : (depths[middle - 1] + depths[middle]) / 2.0;
}

Planes resized(const SourceImage& image, double median, const VisionConfig& vision) {
  const ImageShape& shape = image.shape;
  Planes planes;
  planes.volume = shape.depth > 1;
  if (!planes.volume) {
    planes.slices.push_back(resize_bicubic(image.pixels, shape.width, shape.height, shape.channels,
                                           vision.image_width, vision.image_height));
    return planes;
  }
  const std::size_t slice_bytes = shape.bytes() / static_cast<std::size_t>(shape.depth);
  for (const int slice : median_depth_slices(shape.depth, median))
    planes.slices.push_back(resize_bilinear(image.pixels + static_cast<std::size_t>(slice) * slice_bytes,
                                            shape.width, shape.height, shape.channels, vision.image_width,
                                            vision.image_height));
  return planes;
}

// What 0 and 1 of all volumes of the prompt are.
struct Range {
  int min = 255, max = 0;
};

Range range_of_volumes(const std::vector<Planes>& images) {
  Range range;
  for (const auto& image : images) {
    if (!image.volume) continue;
    for (const auto& slice : image.slices) {
      const auto [low, high] = std::minmax_element(slice.values.begin(), slice.values.end());
      range.min = std::min<int>(range.min, *low);
      range.max = std::max<int>(range.max, *high);
    }
  }
  return range;
}

// Writes image `s` of the input, which keeps each `step`-th row and column of the slices.
void place(const Planes& image, const Range& range, std::size_t s, std::size_t step, ModelInput& input) {
  const std::size_t height = static_cast<std::size_t>(input.height),
                    width = static_cast<std::size_t>(input.width);
  const std::size_t depth = static_cast<std::size_t>(input.depth);
  const int slices = static_cast<int>(image.slices.size());
  float of_byte[256];
  for (int v = 0; v < 256; ++v)
    of_byte[v] = image.volume ? static_cast<float>(v - range.min) / static_cast<float>(range.max - range.min)
                              : static_cast<float>(v) / 255.0f;
  const bool grey = std::all_of(image.slices.begin(), image.slices.end(), [](const Picture& slice) { return slice.channels == 1; });
  const std::size_t filled = grey ? 1 : image_channels;
  for (int d = 0; d < input.depth; ++d) {
    const Picture& slice = image.slices[static_cast<std::size_t>(nearest_slice(d, slices, input.depth))];
    const std::size_t channels = static_cast<std::size_t>(slice.channels);
    for (std::size_t c = 0; c < filled; ++c) {
      float* out = input.values.data() + (s * image_channels + c) * height * width * depth +
                   static_cast<std::size_t>(d);
      const std::uint8_t* in = slice.values.data() + (channels == 1 ? 0 : c);
      for (std::size_t h = 0; h < height; ++h) {
        const std::uint8_t* row = in + h * step * static_cast<std::size_t>(slice.width) * channels;
        for (std::size_t w = 0; w < width; ++w)
          out[(h * width + w) * depth] = of_byte[row[w * step * channels]];
      }
    }
  }
  const auto first = input.values.begin() + static_cast<std::ptrdiff_t>(s * image_channels * height * width * depth);
  const auto plane = static_cast<std::ptrdiff_t>(height * width * depth);
  for (std::size_t c = filled; c < image_channels; ++c)  // grey is three times the same
    std::copy(first, first + plane, first + static_cast<std::ptrdiff_t>(c) * plane);
}

}  // namespace

Status check_image_shape(const ImageShape& shape) {
  const auto within = [](int value, int max) { return value >= 1 && value <= max; };
  if (!within(shape.width, image_side_max) || !within(shape.height, image_side_max) ||
      !within(shape.depth, image_depth_max) || (shape.channels != 1 && shape.channels != 3) ||
      shape.bytes() > image_bytes_max)
    return permanent_error("image_shape_bad",
                           "an image of " + std::to_string(shape.width) + " x " +
                               std::to_string(shape.height) + " x " + std::to_string(shape.depth) + " with " +
                               std::to_string(shape.channels) + " channels cannot be shown to the model");
  return {};
}

int common_depth(int largest_depth, int step, int depth_max) {
  int best = step;
  for (int candidate = step; candidate <= depth_max; candidate += step)
    if (std::abs(candidate - largest_depth) < std::abs(best - largest_depth)) best = candidate;
  return best;
}

int common_depth(int largest_depth, const ModelConfig& config) {
  if (largest_depth > 1 && config.input.volume_depth > 0) return config.input.volume_depth;
  return common_depth(largest_depth, config.vision.frame_patch, config.input.depth_max);
}

int nearest_slice(int i, int in, int out) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  return std::min(static_cast<int>(std::floor(static_cast<float>(i) * scale)), in - 1);
}

std::vector<int> median_depth_slices(int depth, double median) {
  const int zoomed = static_cast<int>(std::nearbyint(median));  // halves to even
  std::vector<int> slices;
  for (int i = 0; i < std::min(zoomed, static_cast<int>(median)); ++i)
    slices.push_back(zoomed == 1 ? 0
                                 : static_cast<int>(std::floor(
                                       static_cast<double>(i) * (depth - 1) / (zoomed - 1) + 0.5)));
  return slices;
}

Result<ModelInput> prepare_images(const std::vector<SourceImage>& images, const ModelConfig& config) {
  if (images.size() > prompt_images_max)
    return permanent_error("images_too_many",
                           "a prompt holds at most " + std::to_string(prompt_images_max) + " images");
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (auto fits = check_image_shape(images[i].shape); !fits) return fits.error();
    if (is_constant(images[i]))
      return permanent_error(
          "image_constant",
          "image " + std::to_string(i + 1) + " of the prompt has one value everywhere and shows nothing");
  }
  const double median = median_depth(images);
  std::vector<Planes> planes;
  int largest_depth = 1;
  for (const auto& image : images) {
    planes.push_back(resized(image, median, config.vision));
    largest_depth = std::max(largest_depth, static_cast<int>(planes.back().slices.size()));
  }
  const Range range = range_of_volumes(planes);
  const bool any_volume = std::any_of(planes.begin(), planes.end(), [](const Planes& p) { return p.volume; });
  if (any_volume && range.min >= range.max)
    return permanent_error(
        "image_constant",
        "the volumes of the prompt have one value everywhere at the model's size and show nothing");

  ModelInput input;
  input.images = static_cast<int>(images.size());
  input.height = config.vision.image_height;
  input.width = config.vision.image_width;
  input.depth = common_depth(largest_depth, config);
  int step = 1;
  if (config.input.volume_side && input.depth > config.vision.frame_patch) {
    step = config.vision.image_height / config.input.volume_side;
    input.height = input.width = config.input.volume_side;
  }
  input.values.resize(static_cast<std::size_t>(input.images) * image_channels *
                      static_cast<std::size_t>(input.height) * static_cast<std::size_t>(input.width) *
                      static_cast<std::size_t>(input.depth));
  for (std::size_t s = 0; s < planes.size(); ++s)
    place(planes[s], range, s, static_cast<std::size_t>(step), input);
  return input;
}

}  // namespace radfm::model
