// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/page/page_content.h"

#include <algorithm>
#include <set>

#include "pipeline/report/page/page_text.h"

namespace radfm::report {
namespace {

constexpr Colour slate = {0.13, 0.24, 0.37}, grey = {0.38, 0.41, 0.46}, dark_red = {0.60, 0.05, 0.09};
constexpr Colour head_ground = {0.945, 0.953, 0.965}, notice_ground = {0.995, 0.945, 0.945};
constexpr Colour impression_ground = {0.925, 0.945, 0.97};

constexpr TextStyle institution_style = {10, true, grey};
constexpr TextStyle title_style = {19, true, slate};
constexpr TextStyle subtitle_style = {11.5, false, {0.10, 0.11, 0.13}};
constexpr TextStyle label_style = {7.5, false, grey};
constexpr TextStyle value_style = {9.5};
constexpr TextStyle emphasised_value_style = {11.5, true};
constexpr TextStyle notice_style = {9};
constexpr TextStyle first_notice_style = {9.5, true, dark_red};
constexpr TextStyle heading_style = {10.5, true, slate};
constexpr TextStyle body_style = {.size = 10, .own_direction = true};
constexpr TextStyle caption_style = {7.5, false, grey};
constexpr TextStyle closing_style = {9, true, dark_red};
constexpr TextStyle shortened_style = {8.5, true, dark_red};

constexpr double gap = 12, small_gap = 3, row_gap = 5;
constexpr int head_columns = 4;
constexpr double head_padding = 9;
constexpr double picture_width = 176, picture_height_max = 220, picture_gap = 16;

class Composition {
 public:
  Composition(const ReportPage& page, const PageFonts& fonts)
      : page_(page), flow_(fonts, line(page.running_head, 2 * page_field_characters_max)) {}

  LaidOutReport compose() {
    write_title();
    write_fields();
    write_notices();
    place_pictures();
    for (const PageSection& section : page_.sections) write_section(section);
    flow_.clear_side();
    write_closing();
    LaidOutReport report;
    report.pages = flow_.take();
    facts_.pages = static_cast<int>(report.pages.size());
    facts_.unknown_glyphs = unknown_glyphs(report.pages);
    report.facts = facts_;
    return report;
  }

 private:
  std::string line(const std::string& text, std::size_t characters_max = page_field_characters_max) {
    return printable_line(text, characters_max, &facts_.shortened);
  }
  std::string paragraphs(const std::string& text) {
    const std::string_view kept = whole_characters(text, page_text_bytes_max);
    if (kept.size() < text.size()) facts_.shortened = true;
    return printable_text(kept);
  }

  void write_title() {
    const std::string institution = line(page_.institution), subtitle = line(page_.subtitle);
    if (!institution.empty()) flow_.text(institution, institution_style);
    flow_.text(line(page_.title), title_style);
    if (!subtitle.empty()) flow_.text(subtitle, subtitle_style);
    flow_.space(gap - 3);
  }

  double column_width() const { return (page_right - page_left - 2 * head_padding) / head_columns; }

  struct Cell {
    std::string label, value;
    double x, width;
    TextStyle style;
  };

  // The fields in rows of four columns, each row as high as its highest.
  std::vector<std::vector<Cell>> rows() {
    std::vector<std::vector<Cell>> rows(1);
    int column = 0;
    for (const PageField& field : page_.fields) {
      const int columns = std::clamp(field.columns, 1, head_columns);
      if (column + columns > head_columns) {
        rows.emplace_back();
        column = 0;
      }
      const std::string value = line(field.value);
      rows.back().push_back({line(field.label), value.empty() ? "\xE2\x80\x93" : value,
                             page_left + head_padding + column * column_width(), columns * column_width() - 6,
                             field.emphasised ? emphasised_value_style : value_style});
      column += columns;
    }
    return rows;
  }

  void write_fields() {
    if (page_.fields.empty()) return;
    const double top = flow_.y();
    flow_.space(head_padding - 2);
    for (const std::vector<Cell>& row : rows()) {
      double height = 0;
      for (const Cell& cell : row) {
        const double label = flow_.text_at(cell.label, label_style, cell.x, flow_.y(), cell.width);
        height = std::max(height, label + flow_.text_at(cell.value, cell.style, cell.x, flow_.y() + label, cell.width));
      }
      flow_.space(height + row_gap);
    }
    flow_.space(head_padding - row_gap - 2);
    flow_.box({page_left, top, page_right - page_left, flow_.y() - top, head_ground});
    flow_.space(gap);
  }

  void write_notices() {
    if (page_.notices.empty()) return;
    flow_.open_panel(notice_ground, dark_red);
    for (std::size_t i = 0; i < page_.notices.size(); ++i) {
      if (i > 0) flow_.space(small_gap);
      flow_.text(paragraphs(page_.notices[i]), i == 0 ? first_notice_style : notice_style);
    }
    flow_.close_panel();
    flow_.space(gap);
  }

  // At the right of the text, as many as this page has room for.
  void place_pictures() {
    const double x = page_right - picture_width;
    double y = flow_.y();
    std::size_t placed = 0;
    for (const KeyImage& image : page_.key_images) {
      if (placed == page_key_images_max) break;
      const double height_of_width = image.height * image.pixel_aspect / image.width;
      const double width = std::min(picture_width, picture_height_max / height_of_width);
      const std::string caption = line(image.caption, 2 * page_field_characters_max);
      const double caption_height = flow_.height_of(caption, caption_style, picture_width);
      if (y + width * height_of_width + small_gap + caption_height > page_bottom) break;
      flow_.picture({x + (picture_width - width) / 2, y, width, width * height_of_width, &image});
      y += width * height_of_width + small_gap;
      y += flow_.text_at(caption, caption_style, x, y, picture_width) + gap;
      ++placed;
    }
    if (placed > 0) flow_.keep_left_of(x - picture_gap, y);
  }

  void write_section(const PageSection& section) {
    const std::string text = paragraphs(section.text);
    if (text.empty()) return;
    flow_.keep(70);  // the heading and its first lines stand together
    if (section.emphasised) flow_.open_panel(impression_ground, slate);
    flow_.text(line(section.heading), heading_style);
    flow_.space(1);
    flow_.text(text, body_style);
    if (section.emphasised) flow_.close_panel();
    flow_.space(gap - 2);
  }

  void write_closing() {
    flow_.space(4);
    flow_.keep(30);
    flow_.text(paragraphs(page_.closing), closing_style);
    if (flow_.is_full()) facts_.shortened = true;
    if (facts_.shortened) flow_.text_at(shortened_sentence, shortened_style, page_left, page_bottom + 8, page_right - page_left);
  }

  static int unknown_glyphs(const std::vector<LaidOutPage>& pages) {
    std::set<PangoLayout*> layouts;
    for (const LaidOutPage& page : pages) {
      for (const PlacedLine& placed : page.lines) layouts.insert(placed.layout.get());
    }
    int count = 0;
    for (PangoLayout* layout : layouts) count += pango_layout_get_unknown_glyphs_count(layout);
    return count;
  }

  const ReportPage& page_;
  PageFacts facts_;
  PageFlow flow_;
};

}  // namespace

LaidOutReport lay_out(const ReportPage& page, const PageFonts& fonts) { return Composition(page, fonts).compose(); }

}  // namespace radfm::report
