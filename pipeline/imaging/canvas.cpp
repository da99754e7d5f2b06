// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/canvas.h"

#include <png.h>

#include <algorithm>

#include "pipeline/imaging/bitmap_font.h"

namespace radfm::imaging {
namespace {

// The source pixels under target pixel `i` of `to`, at least one.
struct Span {
  int begin, end;
};
Span span_of(int i, int from, int to) {
  const auto scaled = [&](std::int64_t edge) { return static_cast<int>(edge * from / to); };
  const int begin = std::min(scaled(i), from - 1);
  return {begin, std::clamp(scaled(i + 1), begin + 1, from)};
}

}  // namespace

Canvas::Canvas(int width, int height, int channels)
    : width_(width),
      height_(height),
      channels_(channels),
      pixels_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels)) {}

std::uint8_t Canvas::at(int x, int y, int channel) const {
  return pixels_[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) *
                     static_cast<std::size_t>(channels_) +
                 static_cast<std::size_t>(channel)];
}

void Canvas::set(int x, int y, int channel, std::uint8_t value) {
  if (x < 0 || y < 0 || x >= width_ || y >= height_) return;
  pixels_[(static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)) *
              static_cast<std::size_t>(channels_) +
          static_cast<std::size_t>(channel)] = value;
}

void Canvas::fill(int x, int y, int width, int height, std::uint8_t grey) {
  for (int j = y; j < y + height; ++j) {
    for (int i = x; i < x + width; ++i) {
      for (int c = 0; c < channels_; ++c) set(i, j, c, grey);
    }
  }
}

void Canvas::draw(const PictureView& picture, int x, int y, int width, int height) {
  for (int j = 0; j < height; ++j) {
    const Span rows = span_of(j, picture.height, height);
    for (int i = 0; i < width; ++i) {
      const Span columns = span_of(i, picture.width, width);
      for (int c = 0; c < channels_; ++c) {
        const int from = picture.channels == 1 ? 0 : c;
        std::int64_t sum = 0;
        for (int row = rows.begin; row < rows.end; ++row) {
          const std::uint8_t* line =
              picture.pixels + static_cast<std::ptrdiff_t>(row) * picture.width * picture.channels + from;
          for (int column = columns.begin; column < columns.end; ++column) sum += line[column * picture.channels];
        }
        const std::int64_t count = std::int64_t{rows.end - rows.begin} * (columns.end - columns.begin);
        set(x + i, y + j, c, static_cast<std::uint8_t>((sum + count / 2) / count));
      }
    }
  }
}

int Canvas::text_width(std::string_view text, int scale) {
  return static_cast<int>(text.size()) * (glyph_width + 1) * scale - (text.empty() ? 0 : scale);
}

void Canvas::write(std::string_view text, int x, int y, int scale, std::uint8_t grey) {
  if (text.empty()) return;
  fill(x - scale, y - scale, text_width(text, scale) + 2 * scale, (glyph_height + 2) * scale, 0);
  for (const char letter : text) {
    const auto& columns = glyph(letter);
    for (int i = 0; i < glyph_width; ++i) {
      for (int j = 0; j < glyph_height; ++j) {
        if ((columns[static_cast<std::size_t>(i)] >> j & 1) != 0) fill(x + i * scale, y + j * scale, scale, scale, grey);
      }
    }
    x += (glyph_width + 1) * scale;
  }
}

Result<std::vector<std::uint8_t>> Canvas::png() const {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = channels_ == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  png_alloc_size_t bytes = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::uint8_t> file(bytes);
  const bool written = png_image_write_to_memory(&image, file.data(), &bytes, 0, pixels_.data(), 0, nullptr) != 0;
  png_image_free(&image);
  if (!written) return transient_error("no_memory", "the montage could not be written; free memory on this machine");
  file.resize(bytes);
  return file;
}

}  // namespace radfm::imaging
