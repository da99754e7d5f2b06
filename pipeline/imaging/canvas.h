// SPDX-License-Identifier: Apache-2.0
// A grey or RGB picture that is drawn on, and its PNG.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace radfm::imaging {

// A picture that is not owned: uint8 [height][width][channels], 1 or 3 channels.
struct PictureView {
  const std::uint8_t* pixels = nullptr;
  int width = 0, height = 0, channels = 1;
};

// Black at first. What is drawn outside of it is cut off. Not shared between threads.
class Canvas {
 public:
  Canvas(int width, int height, int channels);

  int width() const { return width_; }
  int height() const { return height_; }
  std::uint8_t at(int x, int y, int channel = 0) const;

  // Scaled to `width` x `height` by averaging the source pixels under each pixel (or repeating them).
  void draw(const PictureView& picture, int x, int y, int width, int height);
  // Letters of 5 x 7 dots times `scale`, a dot apart, on a black ground one dot wider on each side.
  void write(std::string_view text, int x, int y, int scale, std::uint8_t grey);
  static int text_width(std::string_view text, int scale);

  // Always the same bytes for the same picture. Error: transient "no_memory" where libpng cannot do it.
  Result<std::vector<std::uint8_t>> png() const;

 private:
  void set(int x, int y, int channel, std::uint8_t value);
  void fill(int x, int y, int width, int height, std::uint8_t grey);

  int width_, height_, channels_;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace radfm::imaging
