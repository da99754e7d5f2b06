// SPDX-License-Identifier: Apache-2.0
// The pictures and volumes that the golden cases are made of, by formula (x column, y row, c channel, z
// slice; 8 bit):
//   noise   (37x + 101y + 13xy + 59c) mod 256; in volume k (37x + 101y + 13xy + 23(z + 50k)) mod 256
//   smooth  c 0: 255x / (W-1); c 1: 255y / (H-1); c 2: 255 - 255 d / m, d the squared distance from (W/2,
//   H/2) and m
//           its largest; in a volume 20 + g (100 + z mod 50) / 200 with g = channel 2. Integer divisions.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "pipeline/model/image_input.h"

namespace radfm::model::check {

enum class PictureKind { noise, smooth };
std::optional<PictureKind> parse_picture_kind(std::string_view name);

// Owns its pixels, in the order of ImageShape.
struct DrawnImage {
  ImageShape shape;
  std::vector<std::uint8_t> pixels;
  SourceImage source() const { return {shape, pixels.data()}; }
};

// RGB. Sizes of 2 and more, within the limits of check_image_shape.
DrawnImage draw_picture(PictureKind kind, int width, int height);
// Grey; the `number`-th volume of its case, from 0.
DrawnImage draw_volume(PictureKind kind, int width, int height, int depth, int number);

}  // namespace radfm::model::check
