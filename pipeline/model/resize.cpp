// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/resize.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace radfm::model {
namespace {

constexpr int weight_bits = 22;  // 32 bits less 8 of the pixel and 2 of headroom for the negative lobes

double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// The source values of one output value: `first`, and a weight for each from there on.
struct Taps {
  int first = 0;
  std::vector<int> weights;
};

std::vector<Taps> cubic_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to;
  const double widening = std::max(scale, 1.0);
  const double support = 2.0 * widening;
  std::vector<Taps> all(static_cast<std::size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - support + 0.5));
    const int end = std::min(from, static_cast<int>(centre + support + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int j = first; j < end; ++j) {
      weights.push_back(cubic((j - centre + 0.5) * (1.0 / widening)));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<std::size_t>(i)];
    taps.first = first;
    for (double weight : weights) {
      weight /= sum;
      taps.weights.push_back(static_cast<int>((weight < 0 ? -0.5 : 0.5) + weight * (1 << weight_bits)));
    }
  }
  return all;
}

// `stride`: distance in `values` from one source value to the next along the axis.
std::uint8_t weigh(const std::uint8_t* values, std::size_t stride, const Taps& taps) {
  std::int64_t sum = std::int64_t{1} << (weight_bits - 1);
  for (const int weight : taps.weights) {
    sum += std::int64_t{weight} * *values;
    values += stride;
  }
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(sum >> weight_bits, 0, 255));
}

Picture cubic_pass_x(const Picture& in, int to_width) {
  const auto taps = cubic_taps(in.width, to_width);
  const auto channels = static_cast<std::size_t>(in.channels);
  Picture out{to_width, in.height, in.channels, {}};
  out.values.reserve(static_cast<std::size_t>(to_width) * static_cast<std::size_t>(in.height) * channels);
  for (int row = 0; row < in.height; ++row) {
    const std::uint8_t* line =
        in.values.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(in.width) * channels;
    for (const Taps& tap : taps)
      for (std::size_t c = 0; c < channels; ++c)
        out.values.push_back(weigh(line + static_cast<std::size_t>(tap.first) * channels + c, channels, tap));
  }
  return out;
}

Picture cubic_pass_y(const Picture& in, int to_height) {
  const auto taps = cubic_taps(in.height, to_height);
  const std::size_t line = static_cast<std::size_t>(in.width) * static_cast<std::size_t>(in.channels);
  Picture out{in.width, to_height, in.channels, {}};
  out.values.reserve(static_cast<std::size_t>(to_height) * line);
  for (const Taps& tap : taps)
    for (std::size_t x = 0; x < line; ++x)
      out.values.push_back(
          weigh(in.values.data() + static_cast<std::size_t>(tap.first) * line + x, line, tap));
  return out;
}

constexpr int share_bits = 11;

// Two neighbours and the share of each, of 2048.
struct Between {
  int low = 0, high = 0, low_share = 0, high_share = 0;
};

// OpenCV computes places and shares in float32. Beyond the first and last value it takes that value alone
// along a row, and twice with both shares along a column: the same but for the rounding of `blend`.
std::vector<Between> linear_taps(int from, int to, bool along_row) {
  std::vector<Between> all;
  const double scale = 1.0 / (static_cast<double>(to) / from);
  constexpr float whole = 1 << share_bits;
  for (int i = 0; i < to; ++i) {
    const auto at = static_cast<float>((i + 0.5) * scale - 0.5);
    const int low = static_cast<int>(std::floor(at));
    const bool outside = low < 0 || low >= from - 1;
    const float share = along_row && outside ? 0.0f : at - static_cast<float>(low);
    all.push_back({std::clamp(low, 0, from - 1), std::clamp(low + 1, 0, from - 1),
                   static_cast<int>(std::lrint((1.0f - share) * whole)),
                   static_cast<int>(std::lrint(share * whole))});
  }
  return all;
}

// One source row at the new width, values times 2048.
struct WideRow {
  int row = -1;
  std::vector<int> values;

  void fill(const std::uint8_t* line, int from_row, const std::vector<Between>& columns,
            std::size_t channels) {
    if (row == from_row) return;
    row = from_row;
    values.clear();
    for (const Between& column : columns) {
      const std::uint8_t* left = line + static_cast<std::size_t>(column.low) * channels;
      const std::uint8_t* right = line + static_cast<std::size_t>(column.high) * channels;
      for (std::size_t c = 0; c < channels; ++c)
        values.push_back(left[c] * column.low_share + right[c] * column.high_share);
    }
  }
};

// Each product is cut to its upper bits before the sum is rounded, as OpenCV's vector code does: on the
// average half a level less than exact rounding would give on some values, and what the weights saw.
std::uint8_t blend(int above, int below, const Between& row) {
  const int sum = ((row.low_share * (above >> 4)) >> 16) + ((row.high_share * (below >> 4)) >> 16);
  return static_cast<std::uint8_t>((sum + 2) >> 2);
}

}  // namespace

Picture resize_bicubic(const std::uint8_t* values, int width, int height, int channels, int to_width,
                       int to_height) {
  const std::size_t count =
      static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * static_cast<std::size_t>(channels);
  Picture picture{width, height, channels, {values, values + count}};
  if (width != to_width) picture = cubic_pass_x(picture, to_width);
  if (height != to_height) picture = cubic_pass_y(picture, to_height);
  return picture;
}

Picture resize_bilinear(const std::uint8_t* values, int width, int height, int channels, int to_width,
                        int to_height) {
  const auto columns = linear_taps(width, to_width, true), rows = linear_taps(height, to_height, false);
  const std::size_t step = static_cast<std::size_t>(channels), line = static_cast<std::size_t>(width) * step;
  Picture out{to_width, to_height, channels, {}};
  out.values.reserve(columns.size() * rows.size() * step);
  WideRow above, below;
  for (const Between& row : rows) {
    if (below.row == row.low) std::swap(above, below);
    above.fill(values + static_cast<std::size_t>(row.low) * line, row.low, columns, step);
    below.fill(values + static_cast<std::size_t>(row.high) * line, row.high, columns, step);
    for (std::size_t x = 0; x < above.values.size(); ++x)
      out.values.push_back(blend(above.values[x], below.values[x], row));
  }
  return out;
}

}  // namespace radfm::model
