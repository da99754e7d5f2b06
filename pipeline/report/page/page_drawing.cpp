// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_drawing.h"

#include <algorithm>
#include <cmath>

#include "pipeline/report/page/key_image_surface.h"
#include "pipeline/report/page/page_text.h"

namespace radfm::report {
namespace {

constexpr Colour band_colour = {0.69, 0.05, 0.11}, white = {1, 1, 1}, grey = {0.38, 0.41, 0.46};
constexpr Colour watermark_colour = {0.955, 0.945, 0.945};
constexpr double band_height = 40, foot_band_height = 20, foot_y = page_height - 46;
constexpr double letter_outline = 2.2;
constexpr TextStyle band_style = {15, true, white}, foot_band_style = {9, true, white};
constexpr TextStyle foot_style = {7.5, false, grey};
constexpr TextStyle side_style = {11, true, white};

void use(cairo_t* cairo, const Colour& colour) { cairo_set_source_rgb(cairo, colour.red, colour.green, colour.blue); }

void fill(cairo_t* cairo, const PlacedBox& box) {
  use(cairo, box.colour);
  cairo_rectangle(cairo, box.x, box.y, box.width, box.height);
  cairo_fill(cairo);
}

void show(cairo_t* cairo, PangoLayoutLine* line, double x, double baseline, const Colour& colour) {
  use(cairo, colour);
  cairo_move_to(cairo, x, baseline);
  pango_cairo_show_layout_line(cairo, line);
}

struct Extent {
  double width, height;
};

Extent extent_of(const LayoutPointer& layout) {
  int width = 0, height = 0;
  pango_layout_get_size(layout.get(), &width, &height);
  return {static_cast<double>(width) / PANGO_SCALE, static_cast<double>(height) / PANGO_SCALE};
}

// One line, as it is, its middle at (x, y).
void show_centred(cairo_t* cairo, const PageFonts& fonts, const std::string& text, TextStyle style, double x, double y,
                  double width_max) {
  LayoutPointer layout = fonts.layout(text, style, page_width * 4);
  const double width = extent_of(layout).width;
  if (width > width_max) {
    style.size *= width_max / width;
    layout = fonts.layout(text, style, page_width * 4);
  }
  const Extent extent = extent_of(layout);
  use(cairo, style.colour);
  cairo_move_to(cairo, x - extent.width / 2, y - extent.height / 2);
  pango_cairo_show_layout(cairo, layout.get());
}

// Across the page, below everything, as a shape: whoever cuts out a part of the page has some of it, and whoever copies the
// text does not.
void draw_watermark(cairo_t* cairo, const PageFonts& fonts) {
  constexpr double size = 190;
  const LayoutPointer layout = fonts.layout("DRAFT", {size, true}, page_width * 4);
  const Extent extent = extent_of(layout);
  cairo_save(cairo);
  cairo_translate(cairo, page_width / 2, page_height / 2);
  cairo_rotate(cairo, -std::atan2(page_height, page_width));
  cairo_move_to(cairo, -extent.width / 2, -extent.height / 2);
  use(cairo, watermark_colour);
  pango_cairo_layout_path(cairo, layout.get());
  cairo_fill(cairo);
  cairo_restore(cairo);
}

// White with a black edge: read on any grey.
void draw_letters(cairo_t* cairo, const PageFonts& fonts, const std::string& text, double x, double y) {
  if (text.empty()) return;
  const LayoutPointer layout = fonts.layout(text, side_style, page_width);
  const Extent extent = extent_of(layout);
  cairo_move_to(cairo, x - extent.width / 2, y - extent.height / 2);
  pango_cairo_layout_path(cairo, layout.get());
  cairo_set_line_width(cairo, letter_outline);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  cairo_set_source_rgb(cairo, 0, 0, 0);
  cairo_stroke_preserve(cairo);
  use(cairo, white);
  cairo_fill(cairo);
}

void draw_picture(cairo_t* cairo, const PlacedPicture& placed, const PageFonts& fonts) {
  const KeyImage& image = *placed.image;
  const Surface surface = key_image_surface(image);
  cairo_save(cairo);
  cairo_translate(cairo, placed.x, placed.y);
  cairo_scale(cairo, placed.width / cairo_image_surface_get_width(surface.get()),
              placed.height / cairo_image_surface_get_height(surface.get()));
  cairo_set_source_surface(cairo, surface.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend(cairo_get_source(cairo), CAIRO_EXTEND_PAD);
  cairo_rectangle(cairo, 0, 0, cairo_image_surface_get_width(surface.get()), cairo_image_surface_get_height(surface.get()));
  cairo_fill(cairo);
  cairo_restore(cairo);
  constexpr double from_edge = 9;
  const double middle_x = placed.x + placed.width / 2, middle_y = placed.y + placed.height / 2;
  bool ignored = false;
  const auto letters = [&](const std::string& text) { return printable_line(text, 3, &ignored); };
  draw_letters(cairo, fonts, letters(image.left), placed.x + from_edge, middle_y);
  draw_letters(cairo, fonts, letters(image.right), placed.x + placed.width - from_edge, middle_y);
  draw_letters(cairo, fonts, letters(image.top), middle_x, placed.y + from_edge);
  draw_letters(cairo, fonts, letters(image.bottom), middle_x, placed.y + placed.height - from_edge);
}

void draw_frame(cairo_t* cairo, const ReportPage& page, const LaidOutReport& report, std::size_t index, const PageFonts& fonts) {
  bool ignored = false;
  const std::string mark = printable_line(page.draft_mark, page_field_characters_max, &ignored);
  const double middle = page_width / 2, text_width = page_right - page_left;
  fill(cairo, {0, 0, page_width, band_height, band_colour});
  show_centred(cairo, fonts, mark, band_style, middle, band_height / 2 + 3, text_width);  // printers leave the upper edge white
  fill(cairo, {0, page_height - foot_band_height, page_width, foot_band_height, band_colour});
  show_centred(cairo, fonts, mark, foot_band_style, middle, page_height - foot_band_height / 2 - 2, text_width);

  const std::string number = "Page " + std::to_string(index + 1) + " of " + std::to_string(report.pages.size());
  const LayoutPointer count = fonts.layout(number, foot_style, text_width);
  const double count_width = extent_of(count).width;
  use(cairo, grey);
  cairo_move_to(cairo, page_right - count_width, foot_y);
  pango_cairo_show_layout(cairo, count.get());
  // Two lines at most, beside the page's number.
  const LayoutPointer foot = fonts.layout(printable_line(page.foot, page_field_characters_max * 2, &ignored), foot_style,
                                          text_width - count_width - 20);
  pango_layout_set_height(foot.get(), -2);
  pango_layout_set_ellipsize(foot.get(), PANGO_ELLIPSIZE_END);
  cairo_move_to(cairo, page_left, foot_y);
  pango_cairo_show_layout(cairo, foot.get());
}

}  // namespace

void draw_page(cairo_t* cairo, const ReportPage& page, const LaidOutReport& report, std::size_t index, const PageFonts& fonts) {
  const LaidOutPage& laid_out = report.pages.at(index);
  fill(cairo, {0, 0, page_width, page_height, white});
  for (const PlacedBox& box : laid_out.boxes) fill(cairo, box);
  draw_watermark(cairo, fonts);
  for (const PlacedPicture& picture : laid_out.pictures) draw_picture(cairo, picture, fonts);
  for (const PlacedLine& line : laid_out.lines) show(cairo, line.line, line.x, line.baseline, line.colour);
  draw_frame(cairo, page, report, index, fonts);
}

}  // namespace radfm::report
