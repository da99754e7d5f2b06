// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/golden_pictures.h"

namespace radfm::model::check {
namespace {

// Unsigned arithmetic wraps at 2^32, a multiple of 256.
std::uint8_t noise(int x, int y, std::uint32_t offset) {
  const auto column = static_cast<std::uint32_t>(x), row = static_cast<std::uint32_t>(y);
  return static_cast<std::uint8_t>(37 * column + 101 * row + 13 * column * row + offset);
}

std::uint8_t smooth(int x, int y, int channel, int width, int height) {
  if (channel == 0) return static_cast<std::uint8_t>(255 * x / (width - 1));
  if (channel == 1) return static_cast<std::uint8_t>(255 * y / (height - 1));
  const std::int64_t half_width = width / 2, half_height = height / 2;
  const std::int64_t dx = x - half_width, dy = y - half_height;
  return static_cast<std::uint8_t>(255 - 255 * (dx * dx + dy * dy) /
                                             (half_width * half_width + half_height * half_height));
}

}  // namespace

std::optional<PictureKind> parse_picture_kind(std::string_view name) {
  if (name == "noise") return PictureKind::noise;
  if (name == "smooth") return PictureKind::smooth;
  return {};
}

DrawnImage draw_picture(PictureKind kind, int width, int height) {
  DrawnImage drawn{{width, height, 1, image_channels}, {}};
  drawn.pixels.reserve(drawn.shape.bytes());
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < image_channels; ++c)
        drawn.pixels.push_back(kind == PictureKind::noise ? noise(x, y, 59u * static_cast<std::uint32_t>(c))
                                                          : smooth(x, y, c, width, height));
  return drawn;
}

DrawnImage draw_volume(PictureKind kind, int width, int height, int depth, int number) {
  DrawnImage drawn{{width, height, depth, 1}, {}};
  drawn.pixels.reserve(drawn.shape.bytes());
  for (int z = 0; z < depth; ++z)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        drawn.pixels.push_back(
            kind == PictureKind::noise
                ? noise(x, y, 23u * static_cast<std::uint32_t>(z + 50 * number))
                : static_cast<std::uint8_t>(20 + smooth(x, y, 2, width, height) * (100 + z % 50) / 200));
  return drawn;
}

}  // namespace radfm::model::check
