// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/key_image_surface.h"

#include <algorithm>

namespace radfm::report {
namespace {

constexpr int side_limit = 65'535;  // of a DICOM image
constexpr double aspect_max = 8;    // flatter pixels than that are a mistake of the file

// The mean of one channel over a block that may reach over the image's edge.
unsigned block_mean(const KeyImage& image, int x, int y, int factor, int channel) {
  unsigned sum = 0, count = 0;
  for (int row = y; row < std::min(y + factor, image.height); ++row) {
    for (int column = x; column < std::min(x + factor, image.width); ++column) {
      const auto at = (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(column)) *
                      static_cast<std::size_t>(image.channels);
      sum += image.pixels[at + static_cast<std::size_t>(channel)];
      ++count;
    }
  }
  return (sum + count / 2) / count;
}

}  // namespace

bool is_drawable(const KeyImage& image) {
  const bool sized = image.width > 0 && image.width <= side_limit && image.height > 0 && image.height <= side_limit &&
                     (image.channels == 1 || image.channels == 3);
  return sized && image.pixel_aspect >= 1 / aspect_max && image.pixel_aspect <= aspect_max &&
         image.pixels.size() == static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) *
                                    static_cast<std::size_t>(image.channels);
}

Surface key_image_surface(const KeyImage& image) {
  const int factor = (std::max(image.width, image.height) + key_image_side_max - 1) / key_image_side_max;
  const int width = (image.width + factor - 1) / factor, height = (image.height + factor - 1) / factor;
  Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height));
  unsigned char* pixels = cairo_image_surface_get_data(surface.get());
  if (pixels == nullptr) return surface;  // its status says why; whoever draws it takes that over
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface.get()));
  const int green = image.channels == 3 ? 1 : 0, blue = image.channels == 3 ? 2 : 0;
  for (int y = 0; y < height; ++y) {
    auto* row = reinterpret_cast<std::uint32_t*>(pixels + static_cast<std::size_t>(y) * stride);
    for (int x = 0; x < width; ++x) {
      row[x] = block_mean(image, x * factor, y * factor, factor, 0) << 16 |
               block_mean(image, x * factor, y * factor, factor, green) << 8 | block_mean(image, x * factor, y * factor, factor, blue);
    }
  }
  cairo_surface_mark_dirty(surface.get());
  return surface;
}

}  // namespace radfm::report
