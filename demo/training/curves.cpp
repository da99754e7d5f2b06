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

constexpr int width = 1100, panel_height = 300, margin = 46, names_width = 250, name_height = 16;

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

constexpr std::uint8_t axis[3] = {90, 90, 90}, faint[3] = {45, 45, 45};
constexpr std::uint8_t colours[][3] = {{255, 120, 90},  {90, 200, 255},  {120, 230, 120}, {250, 220, 90},
                                       {220, 130, 255}, {255, 255, 255}, {140, 160, 255}, {255, 160, 200},
                                       {90, 230, 210},  {200, 180, 120}};

// A part of the picture: lines are drawn in its own coordinates, 0 to 1 both ways.
class Panel {
 public:
  Panel(std::vector<std::uint8_t>& pixels, int number) : pixels_(pixels), top_(number * panel_height) {
    for (int i = 1; i < 10; ++i) line(0, i / 10.0, 1, i / 10.0, faint);
    line(0, 0, 1, 0, axis);
    line(0, 0, 0, 1, axis);
  }

  void line(double x0, double y0, double x1, double y1, const std::uint8_t (&colour)[3]) {
    const int across = width - 2 * margin - names_width, down = panel_height - 2 * margin;
    const double from_x = margin + x0 * across, from_y = top_ + margin + (1 - y0) * down;
    const double to_x = margin + x1 * across, to_y = top_ + margin + (1 - y1) * down;
    const int steps =
        std::max(1, static_cast<int>(std::ceil(std::max(std::abs(to_x - from_x), std::abs(to_y - from_y)))));
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
        if (px < 0 || px >= width || py < 0 || py >= top_ + panel_height) continue;
        std::copy(colour, colour + 3, pixels_.begin() + (static_cast<std::ptrdiff_t>(py) * width + px) * 3);
      }
  }
  std::vector<std::uint8_t>& pixels_;
  int top_;
};

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
    panel.line(begun ? old_x : x, begun ? old_y : y, x, y, colour);
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
                   const CurveFile& held_out, const std::vector<SharePanel>& panels) {
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

  const int height = (1 + static_cast<int>(panels.size())) * panel_height;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  Panel loss(pixels, 0);
  draw_series(loss, losses.rows(), loss_column, last_step, low, high, true, colours[0]);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    Panel shares(pixels, static_cast<int>(p) + 1);
    for (std::size_t i = 0; i < panels[p].columns.size(); ++i)
      draw_series(shares, held_out.rows(), panels[p].columns[i], last_step, 0, 1, false,
                  colours[i % std::size(colours)]);
  }

  imaging::Canvas canvas(width, height, 3);
  canvas.draw({pixels.data(), width, height, 3}, 0, 0, width, height);
  constexpr std::uint8_t grey = 220;
  canvas.write("loss, " + number_text(std::pow(10, low)) + " to " + number_text(std::pow(10, high)) +
                   " (logarithmic), step 0 to " + std::to_string(last_step),
               margin, 14, 2, grey);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const int top = (static_cast<int>(p) + 1) * panel_height;
    canvas.write(panels[p].title + ", 0 to 1", margin, top + 14, 2, grey);
    for (std::size_t i = 0; i < panels[p].columns.size(); ++i) {
      const int y = top + margin + static_cast<int>(i) * name_height, x = width - names_width - margin / 2;
      const auto& colour = colours[i % std::size(colours)];
      canvas.draw({colour, 1, 1, 3}, x, y, 10, 10);
      const double last = held_out.rows().empty() ? 0 : held_out.rows().back().values[panels[p].columns[i]];
      canvas.write(held_out.columns()[panels[p].columns[i]] + " " + number_text(std::round(last * 1000) / 1000),
                   x + 16, y, 1, grey);
    }
  }
  const auto png = canvas.png();
  if (!png) return png.error();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
  if (!out.flush()) return cannot_write(file);
  return {};
}

}  // namespace radfm::training
