// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/montage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "pipeline/imaging/bitmap_font.h"
#include "pipeline/imaging/canvas.h"
#include "pipeline/imaging/orientation_letters.h"

namespace radfm::imaging {
namespace {

constexpr int gap = 4, line_height = glyph_height + 5;
constexpr int heading_lines = 2;
constexpr int tile_min = 48;
constexpr std::uint8_t white = 255, pale = 190;
constexpr double aspect_max = 8;  // flatter pixels than that are a mistake of the file

std::string ascii(const std::string& text, std::size_t letters_max) {
  std::string out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;  // the rest of a character of several bytes
    out += c >= ' ' && c <= '~' ? c : '?';
    if (out.size() == letters_max) break;
  }
  return out;
}

std::string short_number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

double step_mm(const VolumeDescription& volume, std::size_t i) {
  return std::hypot(volume.affine[i], volume.affine[4 + i], volume.affine[8 + i]);
}

struct Size {
  int width = 1, height = 1;
};

// Fits into a square of `side`, pixels as wide and high as they are in the patient.
Size fitted(const VolumeDescription& volume, int side) {
  double aspect = 1;
  if (volume.has_geometry && step_mm(volume, 0) > 0 && step_mm(volume, 1) > 0) {
    aspect = std::clamp(step_mm(volume, 1) / step_mm(volume, 0), 1 / aspect_max, aspect_max);
  }
  const double width = volume.width, height = volume.height * aspect;
  const double scale = side / std::max(width, height);
  return {std::max(1, static_cast<int>(std::lround(width * scale))),
          std::max(1, static_cast<int>(std::lround(height * scale)))};
}

struct Layout {
  int tile;
  int columns;
  int slices_max;

  int side(const VolumeDescription& volume) const { return volume.depth > 1 ? tile : 2 * tile; }
  int slices(const VolumeDescription& volume) const { return std::min(volume.depth, slices_max); }
  int rows(const VolumeDescription& volume) const { return (slices(volume) + columns - 1) / columns; }
  int row_height(const VolumeDescription& volume) const { return fitted(volume, side(volume)).height + line_height + gap; }
  int block_height(const VolumeDescription& volume) const {
    return heading_lines * line_height + rows(volume) * row_height(volume) + gap;
  }
  int width() const { return columns * (tile + gap) + gap; }
};

std::array<std::string, heading_lines> heading(const VolumeDescription& volume, std::size_t index) {
  std::string first = std::to_string(index + 1) + "  " + ascii(volume.modality, 16) + "  series " +
                      (volume.series_number.empty() ? "?" : ascii(volume.series_number, 12)) + "  " +
                      ascii(volume.series_description, 64);
  if (!volume.view_position.empty()) first += "  view " + ascii(volume.view_position, 16);
  if (!volume.laterality.empty()) first += "  side " + ascii(volume.laterality, 2);
  std::string second = plane_name(volume);
  if (second.empty()) second = "picture";
  second += "  " + std::to_string(volume.width) + " x " + std::to_string(volume.height);
  if (volume.depth > 1) second += " x " + std::to_string(volume.depth);
  if (volume.slice_spacing_mm > 0) second += ", slices " + short_number(volume.slice_spacing_mm) + " mm apart";
  return {first, second + "  window: " + ascii(volume.window, 96)};
}

void draw_letters(Canvas& canvas, const EdgeLetters& edges, int x, int y, Size size) {
  constexpr int scale = 2;
  const int height = glyph_height * scale, middle_x = x + size.width / 2, middle_y = y + size.height / 2 - height / 2;
  const auto centred = [&](const std::string& text) { return middle_x - Canvas::text_width(text, scale) / 2; };
  canvas.write(edges.left, x + scale, middle_y, scale, white);
  canvas.write(edges.right, x + size.width - Canvas::text_width(edges.right, scale) - scale, middle_y, scale, white);
  canvas.write(edges.top, centred(edges.top), y + scale, scale, white);
  canvas.write(edges.bottom, centred(edges.bottom), y + size.height - height - scale, scale, white);
}

int slice_at(int place, int places, int depth) {
  if (places <= 1) return depth / 2;
  return static_cast<int>((std::int64_t{2} * place * (depth - 1) + (places - 1)) / (2 * (places - 1)));
}

void draw_block(Canvas& canvas, const MontageImage& image, const Layout& layout, std::size_t index, int y) {
  const VolumeDescription& volume = *image.description;
  for (const std::string& line : heading(volume, index)) {
    canvas.write(line, gap, y + 3, 1, white);
    y += line_height;
  }
  const EdgeLetters edges = edge_letters(volume);
  const int side = layout.side(volume), slices = layout.slices(volume);
  const Size size = fitted(volume, side);
  const std::size_t slice_bytes = image.pixels->display.size() / static_cast<std::size_t>(volume.depth);
  for (int i = 0; i < slices; ++i) {
    const int slice = slice_at(i, slices, volume.depth);
    const int x = gap + i % layout.columns * (layout.tile + gap) + (side - size.width) / 2;
    const int top = y + i / layout.columns * layout.row_height(volume);
    const std::uint8_t* pixels = image.pixels->display.data() + static_cast<std::size_t>(slice) * slice_bytes;
    canvas.draw({pixels, volume.width, volume.height, volume.channels}, x, top, size.width, size.height);
    draw_letters(canvas, edges, x, top, size);
    std::string label = slice_place(volume, slice);
    if (volume.depth > 1) label = std::to_string(slice + 1) + "/" + std::to_string(volume.depth) + (label.empty() ? "" : "  ") + label;
    canvas.write(label, x, top + size.height + 3, 1, pale);
  }
}

Result<std::vector<std::uint8_t>> draw(const std::vector<MontageImage>& images, std::size_t shown, const Layout& layout,
                                       int channels) {
  int height = gap;
  for (std::size_t i = 0; i < shown; ++i) height += layout.block_height(*images[i].description);
  if (shown < images.size()) height += line_height;
  Canvas canvas(layout.width(), height, channels);
  int y = gap;
  for (std::size_t i = 0; i < shown; ++i) {
    draw_block(canvas, images[i], layout, i, y);
    y += layout.block_height(*images[i].description);
  }
  if (shown < images.size()) canvas.write("and " + std::to_string(images.size() - shown) + " more", gap, y, 1, white);
  return canvas.png();
}

bool is_sound(const MontageImage& image) {
  if (image.description == nullptr || image.pixels == nullptr) return false;
  const VolumeDescription& volume = *image.description;
  if (volume.width <= 0 || volume.height <= 0 || volume.depth <= 0) return false;
  if (volume.channels != 1 && volume.channels != 3) return false;
  return image.pixels->display.size() == static_cast<std::size_t>(volume.width) * static_cast<std::size_t>(volume.height) *
                                             static_cast<std::size_t>(volume.depth) *
                                             static_cast<std::size_t>(volume.channels);
}

}  // namespace

Result<std::vector<std::uint8_t>> montage_png(const std::vector<MontageImage>& images, const MontageLimits& limits) {
  if (images.empty() || !std::all_of(images.begin(), images.end(), is_sound)) {
    return permanent_error("no_image", "there is no image to make a montage of");
  }
  const std::size_t shown = std::min(images.size(), static_cast<std::size_t>(std::max(limits.images_max, 1)));
  const bool coloured = std::any_of(images.begin(), images.begin() + static_cast<std::ptrdiff_t>(shown),
                                    [](const MontageImage& image) { return image.description->channels == 3; });
  for (int tile = limits.tile; tile >= tile_min; tile = tile * 3 / 4) {
    auto png = draw(images, shown, {tile, std::max(limits.columns, 2), std::max(limits.slices_max, 1)}, coloured ? 3 : 1);
    if (!png || png->size() <= limits.bytes_max) return png;
  }
  return permanent_error("montage_too_large", "the montage has more bytes than may be kept");
}

std::vector<MontageImage> montage_images(const StudyReading& reading) {
  std::vector<MontageImage> images;
  for (std::size_t i = 0; i < std::min(reading.volumes.size(), reading.pixels.size()); ++i) {
    if (!reading.pixels[i].display.empty()) images.push_back({&reading.volumes[i], &reading.pixels[i]});
  }
  return images;
}

}  // namespace radfm::imaging
