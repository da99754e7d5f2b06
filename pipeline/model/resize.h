// SPDX-License-Identifier: Apache-2.0
// The two ways in which RadFM's training data was brought to the network's size, number for number. 8 bit in,
// 8 bit out.
#pragma once

#include <cstdint>
#include <vector>

namespace radfm::model {

// Interleaved: values[(row * width + column) * channels + channel].
struct Picture {
  int width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> values;
};

// Pillow's bicubic (a = -0.5) with its support widened by the reduction (antialias): first along x, then
// along y, each pass rounded and clipped to 8 bit, weights in 22-bit fixed point; a pass is left out when
// that size is right already.
Picture resize_bicubic(const std::uint8_t* values, int width, int height, int channels, int to_width,
                       int to_height);

// OpenCV's INTER_LINEAR on 8 bits, to the bit: source coordinate (i + 0.5) * n / m - 0.5 clamped to the picture, two
// taps an axis in 11-bit fixed point, no antialias.
Picture resize_bilinear(const std::uint8_t* values, int width, int height, int channels, int to_width,
                        int to_height);

}  // namespace radfm::model
