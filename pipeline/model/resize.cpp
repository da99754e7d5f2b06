// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/resize.h"

#include <algorithm>
#include <cmath>

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

// Two neighbours and the share of the second, of 2048.
struct Between {
  int low = 0, high = 0, share = 0;
};
constexpr int share_bits = 11;

std::vector<Between> linear_taps(int from, int to) {
  std::vector<Between> all(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const double at = std::clamp((i + 0.5) * scale - 0.5, 0.0, static_cast<double>(from - 1));
    const int low = static_cast<int>(at);
    all[static_cast<std::size_t>(i)] = {low, std::min(low + 1, from - 1),
                                        static_cast<int>(std::lround((at - low) * (1 << share_bits)))};
  }
  return all;
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
  const auto columns = linear_taps(width, to_width), rows = linear_taps(height, to_height);
  const std::size_t step = static_cast<std::size_t>(channels), line = static_cast<std::size_t>(width) * step;
  Picture out{to_width, to_height, channels, {}};
  out.values.reserve(columns.size() * rows.size() * step);
  constexpr int one = 1 << share_bits, half = 1 << (2 * share_bits - 1);
  for (const Between& row : rows) {
    const std::uint8_t* above = values + static_cast<std::size_t>(row.low) * line;
    const std::uint8_t* below = values + static_cast<std::size_t>(row.high) * line;
    for (const Between& column : columns) {
      const std::size_t left = static_cast<std::size_t>(column.low) * step,
                        right = static_cast<std::size_t>(column.high) * step;
      for (std::size_t c = 0; c < step; ++c) {
        const int upper = above[left + c] * (one - column.share) + above[right + c] * column.share;
        const int lower = below[left + c] * (one - column.share) + below[right + c] * column.share;
        const int sum = upper * (one - row.share) + lower * row.share;  // at most 255 << 22
        out.values.push_back(static_cast<std::uint8_t>((sum + half) >> (2 * share_bits)));
      }
    }
  }
  return out;
}

}  // namespace radfm::model
