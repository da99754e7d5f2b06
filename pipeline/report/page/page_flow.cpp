// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_flow.h"

#include <algorithm>

#include "pipeline/report/page/page_text.h"

namespace radfm::report {
namespace {

constexpr double panel_padding = 8, panel_bar_width = 3, panel_indent = 12;
constexpr double paragraph_gap = 0.5;  // of a line
// Pango's time grows with the square of a paragraph's length: longer ones are set in pieces of some thirty lines.
constexpr std::size_t piece_bytes_max = 4'000;
constexpr TextStyle head_style = {9, true, {0.25, 0.28, 0.33}};
constexpr Colour rule_colour = {0.75, 0.78, 0.82};

double points(int pango_units) { return static_cast<double>(pango_units) / PANGO_SCALE; }

struct IteratorRelease {
  void operator()(PangoLayoutIter* iterator) const { pango_layout_iter_free(iterator); }
};
using Iterator = std::unique_ptr<PangoLayoutIter, IteratorRelease>;

// A line of a layout as it will be placed.
struct Line {
  PangoLayoutLine* line;
  LineHeight height;
  double x, width;  // from the left edge of the measure
};

Line line_at(PangoLayoutIter* iterator, const TextStyle& style) {
  PangoRectangle extents;
  pango_layout_iter_get_line_extents(iterator, nullptr, &extents);
  const double ascent = points(pango_layout_iter_get_baseline(iterator) - extents.y);
  return {pango_layout_iter_get_line_readonly(iterator),
          line_height(style, ascent, points(extents.height) - ascent), points(extents.x), points(extents.width)};
}

}  // namespace

PageFlow::PageFlow(const PageFonts& fonts, std::string head) : fonts_(fonts), head_(std::move(head)), pages_(1) {}

double PageFlow::right() const {
  if (in_panel_) return panel_right_ - panel_padding;
  return y_ < side_bottom_ ? side_x_ : page_right;
}

bool PageFlow::new_page() {
  if (pages_.size() >= static_cast<std::size_t>(pages_max)) {
    full_ = true;
    return false;
  }
  if (in_panel_) end_panel_ground();
  pages_.emplace_back();
  y_ = page_top;
  side_bottom_ = 0;
  y_ += text_at(head_, head_style, page_left, y_, page_right - page_left) + 4;
  box({page_left, y_, page_right - page_left, 0.7, rule_colour});
  y_ += 12;
  if (in_panel_) {
    panel_top_ = y_;
    y_ += panel_padding;
  }
  return true;
}

void PageFlow::keep(double height) {
  if (y_ + height > page_bottom) new_page();
}

std::size_t PageFlow::place_lines(const std::string& text, bool is_end, const TextStyle& style) {
  const double measure = width();
  const LayoutPointer layout = fonts_.layout(text, style, measure);
  const Iterator iterator(pango_layout_get_iter(layout.get()));
  for (bool more = true; more;) {
    const Line line = line_at(iterator.get(), style);
    const auto start = static_cast<std::size_t>(line.line->start_index);
    more = pango_layout_iter_next_line(iterator.get()) != FALSE;
    if (!more && !is_end && start > 0) return start;  // the text behind it belongs on this line too
    if (y_ + line.height.all() > page_bottom && !new_page()) return text.size();
    if (width() != measure) return start;
    page().lines.push_back({layout, line.line, left_ + line.x, y_ + line.height.ascent, line.width, style.colour});
    y_ += line.height.all();
  }
  return text.size();
}

void PageFlow::paragraph(std::string_view text, const TextStyle& style) {
  // A piece that is begun anew, in another measure or behind the one before it, begins at the start of a line, so that no
  // letter is lost or doubled.
  while (!text.empty() && !full_) {
    const std::string_view piece = whole_characters(text, piece_bytes_max);
    text.remove_prefix(place_lines(std::string(piece), piece.size() == text.size(), style));
  }
}

void PageFlow::text(const std::string& text, const TextStyle& style) {
  for (std::size_t start = 0; start <= text.size() && !full_;) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) {
      paragraph(std::string_view(text).substr(start, end - start), style);
    } else {
      y_ += line_height(style, 0, 0).all() * paragraph_gap;
    }
    start = end + 1;
  }
}

double PageFlow::text_at(const std::string& text, const TextStyle& style, double x, double y, double width) {
  const LayoutPointer layout = fonts_.layout(text, style, width);
  const Iterator iterator(pango_layout_get_iter(layout.get()));
  double height = 0;
  do {
    const Line line = line_at(iterator.get(), style);
    page().lines.push_back({layout, line.line, x + line.x, y + height + line.height.ascent, line.width, style.colour});
    height += line.height.all();
  } while (pango_layout_iter_next_line(iterator.get()));
  return height;
}

double PageFlow::height_of(const std::string& text, const TextStyle& style, double width) const {
  const LayoutPointer layout = fonts_.layout(text, style, width);
  const Iterator iterator(pango_layout_get_iter(layout.get()));
  double height = 0;
  do height += line_at(iterator.get(), style).height.all();
  while (pango_layout_iter_next_line(iterator.get()));
  return height;
}

void PageFlow::keep_left_of(double x, double bottom) {
  side_x_ = x;
  side_bottom_ = bottom;
}

void PageFlow::clear_side() {
  if (y_ < side_bottom_) y_ = side_bottom_;
  side_bottom_ = 0;
}

void PageFlow::open_panel(const Colour& ground, const Colour& bar) {
  panel_right_ = right();
  in_panel_ = true;
  panel_ground_ = ground;
  panel_bar_ = bar;
  panel_top_ = y_;
  left_ = page_left + panel_indent;
  y_ += panel_padding;
}

void PageFlow::end_panel_ground() {
  const double height = y_ + panel_padding - panel_top_;
  box({page_left, panel_top_, panel_right_ - page_left, height, panel_ground_});
  box({page_left, panel_top_, panel_bar_width, height, panel_bar_});
}

void PageFlow::close_panel() {
  end_panel_ground();
  y_ += panel_padding;
  in_panel_ = false;
  left_ = page_left;
}

}  // namespace radfm::report
