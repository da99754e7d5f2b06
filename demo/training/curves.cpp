// SPDX-License-Identifier: Apache-2.0
#include "demo/training/curves.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>

#include "pipeline/imaging/canvas.h"

namespace radfm::training {
namespace {

constexpr int width = 1100, panel_height = 360, margin = 46, names_width = 250;

Error cannot_write(const std::filesystem::path& file) {
  return transient_error("curve_cannot_write", file.string() + " cannot be written; check the folder and the disk");
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

std::string line_of(const CurveFile::Row& row) {
  std::string line = std::to_string(row.step);
  for (const double value : row.values) line += "," + number_text(value);
  return line + "\n";
}

std::string head_of(const std::vector<std::string>& columns) {
  std::string line = "step";
  for (const auto& column : columns) line += "," + column;
  return line;
}

bool parse(const std::string& line, std::size_t columns, CurveFile::Row& row) {
  std::vector<std::string> cells;
  std::istringstream stream(line + ",");
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  if (cells.size() != columns + 1) return false;
  const auto whole = [](const std::string& cell, auto& value) {
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return error == std::errc() && end == cell.data() + cell.size();
  };
  if (!whole(cells[0], row.step)) return false;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!cells[i].empty() && !whole(cells[i], value)) return false;
    row.values.push_back(value);
  }
  return true;
}

// A panel of white paper in a picture: lines are drawn in its own coordinates, 0 to 1 both ways.
class Panel {
 public:
  Panel(std::vector<std::uint8_t>& pixels, int top) : pixels_(pixels), top_(top) {}

  void line(double x0, double y0, double x1, double y1, const std::uint8_t (&colour)[3]) {
    const int across = width - 2 * margin - names_width, down = panel_height - 2 * margin;
    const double from_x = margin + x0 * across, from_y = top_ + margin + (1 - y0) * down;
    const double to_x = margin + x1 * across, to_y = top_ + margin + (1 - y1) * down;
    const int steps = std::max(1, static_cast<int>(std::ceil(std::max(std::abs(to_x - from_x), std::abs(to_y - from_y)))));
    for (int i = 0; i <= steps; ++i) {
      const double share = static_cast<double>(i) / steps;
      dot(static_cast<int>(std::lround(from_x + share * (to_x - from_x))),
          static_cast<int>(std::lround(from_y + share * (to_y - from_y))), colour);
    }
  }

 private:
  void dot(int x, int y, const std::uint8_t (&colour)[3]) {
    for (int dy = 0; dy < 2; ++dy)
      for (int dx = 0; dx < 2; ++dx) {
        const int px = x + dx, py = y + dy;
        if (px < 0 || px >= width || py < 0 || py >= 2 * panel_height) continue;
        std::copy(colour, colour + 3, pixels_.begin() + (static_cast<std::ptrdiff_t>(py) * width + px) * 3);
      }
  }
  std::vector<std::uint8_t>& pixels_;
  int top_;
};

constexpr std::uint8_t axis[3] = {90, 90, 90}, faint[3] = {45, 45, 45};
constexpr std::uint8_t colours[][3] = {{255, 120, 90}, {90, 200, 255}, {120, 230, 120}, {250, 220, 90}, {220, 130, 255},
                                       {255, 255, 255}, {140, 160, 255}, {255, 160, 200}, {90, 230, 210}, {200, 180, 120}};

void draw_series(Panel& panel, const std::vector<CurveFile::Row>& rows, std::size_t column, std::int64_t last_step,
                 double low, double high, bool logarithmic, const std::uint8_t (&colour)[3]) {
  bool begun = false;
  double old_x = 0, old_y = 0;
  for (const auto& row : rows) {
    double value = row.values[column];
    if (!std::isfinite(value) || (logarithmic && value <= 0)) continue;
    if (logarithmic) value = std::log10(value);
    const double x = static_cast<double>(row.step) / static_cast<double>(last_step);
    const double y = std::clamp((value - low) / (high - low), 0.0, 1.0);
    if (begun) panel.line(old_x, old_y, x, y, colour);
    begun = true;
    old_x = x;
    old_y = y;
  }
}

}  // namespace

Result<CurveFile> CurveFile::open(const std::filesystem::path& file, const std::vector<std::string>& columns,
                                  std::int64_t last_step) {
  CurveFile curve;
  curve.file_ = file;
  curve.columns_ = columns;
  {
    std::ifstream old(file);
    std::string line;
    if (old && std::getline(old, line) && line == head_of(columns))
      for (Row row; std::getline(old, line) && parse(line, columns.size(), row); row = {})
        if (row.step <= last_step) curve.rows_.push_back(row);
  }
  std::ofstream out(file, std::ios::trunc);
  out << head_of(columns) << "\n";
  for (const auto& row : curve.rows_) out << line_of(row);
  if (!out.flush()) return cannot_write(file);
  return curve;
}

Status CurveFile::append(const Row& row) {
  if (row.values.size() != columns_.size()) broken_invariant("a curve's row has other columns than its file");
  rows_.push_back(row);
  std::ofstream out(file_, std::ios::app);
  out << line_of(row);
  if (!out.flush()) return cannot_write(file_);
  return {};
}

Status draw_curves(const std::filesystem::path& file, const CurveFile& losses, std::size_t loss_column,
                   const CurveFile& held_out, const std::vector<std::size_t>& shares) {
  std::int64_t last_step = 1;
  for (const auto* curve : {&losses, &held_out})
    for (const auto& row : curve->rows()) last_step = std::max(last_step, row.step);
  double low = 1e9, high = -1e9;
  for (const auto& row : losses.rows()) {
    const double value = row.values[loss_column];
    if (!std::isfinite(value) || value <= 0) continue;
    low = std::min(low, std::log10(value));
    high = std::max(high, std::log10(value));
  }
  if (low >= high) low = -1, high = 1;

  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * 2 * panel_height * 3);
  Panel above(pixels, 0), below(pixels, panel_height);
  for (Panel* panel : {&above, &below}) {
    for (int i = 1; i < 10; ++i) panel->line(0, i / 10.0, 1, i / 10.0, faint);
    panel->line(0, 0, 1, 0, axis);
    panel->line(0, 0, 0, 1, axis);
  }
  draw_series(above, losses.rows(), loss_column, last_step, low, high, true, colours[0]);
  for (std::size_t i = 0; i < shares.size(); ++i)
    draw_series(below, held_out.rows(), shares[i], last_step, 0, 1, false, colours[i % std::size(colours)]);

  imaging::Canvas canvas(width, 2 * panel_height, 3);
  const imaging::PictureView picture{pixels.data(), width, 2 * panel_height, 3};
  canvas.draw(picture, 0, 0, width, 2 * panel_height);
  const std::uint8_t grey = 220;
  canvas.write("loss, " + number_text(std::pow(10, low)) + " to " + number_text(std::pow(10, high)) + " (logarithmic)",
               margin, 14, 2, grey);
  canvas.write("right on held-out records, 0 to 1", margin, panel_height + 14, 2, grey);
  canvas.write("step " + std::to_string(last_step), width - margin - names_width - 140, 2 * panel_height - 30, 2, grey);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const int y = panel_height + margin + static_cast<int>(i) * 18, x = width - names_width - margin / 2;
    const std::vector<std::uint8_t> patch(colours[i % std::size(colours)], colours[i % std::size(colours)] + 3);
    canvas.draw({patch.data(), 1, 1, 3}, x, y, 12, 12);
    const double last = held_out.rows().empty() ? 0 : held_out.rows().back().values[shares[i]];
    canvas.write(held_out.columns()[shares[i]] + " " + number_text(std::round(last * 1000) / 1000), x + 18, y, 1, grey);
  }
  const auto png = canvas.png();
  if (!png) return png.error();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
  if (!out.flush()) return cannot_write(file);
  return {};
}

}  // namespace radfm::training
