// SPDX-License-Identifier: Apache-2.0
// Text flowed over pages. What is placed never moves again; drawing is another matter (page_drawing.h). Points, from the
// page's upper left corner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/report/page/page_fonts.h"
#include "pipeline/report/page/report_page.h"

namespace radfm::report {

inline constexpr double page_width = 595.276, page_height = 841.890;  // A4
inline constexpr double page_left = 56, page_right = page_width - 56;
inline constexpr double page_top = 62;                   // below the band
inline constexpr double page_bottom = page_height - 66;  // above foot and band

struct PlacedLine {
  LayoutPointer layout;  // keeps `line` alive
  PangoLayoutLine* line = nullptr;
  double x = 0, baseline = 0, width = 0;
  Colour colour;
};

struct PlacedBox {
  double x = 0, y = 0, width = 0, height = 0;
  Colour colour;
};

struct PlacedPicture {
  double x = 0, y = 0, width = 0, height = 0;
  const KeyImage* image = nullptr;  // of the ReportPage
};

// In the order of drawing: boxes, pictures, lines.
struct LaidOutPage {
  std::vector<PlacedBox> boxes;
  std::vector<PlacedPicture> pictures;
  std::vector<PlacedLine> lines;
};

class PageFlow {
 public:
  // `head`: the running head of the second page and all further ones.
  PageFlow(const PageFonts& fonts, std::string head);

  double y() const { return y_; }
  double width() const { return right() - left_; }
  void space(double points) { y_ += points; }
  // A new page unless so much is left on this one.
  void keep(double points);
  // Paragraphs, one below the other, over as many pages as they take.
  void text(const std::string& text, const TextStyle& style);
  // At a place that is given, without flow: the height that it takes.
  double text_at(const std::string& text, const TextStyle& style, double x, double y, double width);
  double height_of(const std::string& text, const TextStyle& style, double width) const;
  void box(const PlacedBox& box) { page().boxes.push_back(box); }
  void picture(const PlacedPicture& picture) { page().pictures.push_back(picture); }
  // Text keeps left of `x` until `bottom`, on this page.
  void keep_left_of(double x, double bottom);
  void clear_side();  // goes below it
  // Between the two, text stands on a coloured ground with a bar at its left edge, on each page that it takes.
  void open_panel(const Colour& ground, const Colour& bar);
  void close_panel();

  bool is_full() const { return full_; }  // pages_max was met: nothing more is placed
  std::vector<LaidOutPage> take() { return std::move(pages_); }

 private:
  LaidOutPage& page() { return pages_.back(); }
  double right() const;
  bool new_page();
  void end_panel_ground();
  void paragraph(std::string_view text, const TextStyle& style);
  // As many lines as fit the measure that holds now; without the last one when `text` is not the paragraph's end. Returns where
  // the next line begins in the text, or its end.
  std::size_t place_lines(const std::string& text, bool is_end, const TextStyle& style);

  const PageFonts& fonts_;
  std::string head_;
  std::vector<LaidOutPage> pages_;
  double left_ = page_left, y_ = page_top;
  double side_x_ = page_right, side_bottom_ = 0;
  bool in_panel_ = false, full_ = false;
  double panel_top_ = 0, panel_right_ = 0;
  Colour panel_ground_, panel_bar_;
};

}  // namespace radfm::report
