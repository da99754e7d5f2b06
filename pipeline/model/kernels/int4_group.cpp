// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/int4_group.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "pipeline/model/kernels/bfloat16.h"

namespace radfm::kernels {
namespace {

// The value of largest magnitude, divided by these, gives scales: at -8 it is stored as -8, beyond it is cut, which leaves the
// many small values a finer step. Against 7 alone they take a third off the squared error of values of a bell curve.
constexpr float divisors[] = {-8, -7.5f, -8.5f, -9, -9.5f, -10};

constexpr int lanes = 16;  // partial sums, so that the order of additions is the same on every machine

// Adding and taking off 1.5 * 2^23 rounds to whole numbers, ties to even.
constexpr float rounder = 12582912;

struct Candidate {
  std::uint16_t scale = 0;
  float error = std::numeric_limits<float>::infinity();
  float values[group_columns] = {};
};

float sum(const float (&parts)[lanes]) {
  float total = 0;
  for (const float part : parts) total += part;
  return total;
}

// A scale that is no normal number leaves the error infinite.
Candidate rounded(const float* values, float wanted_scale) {
  Candidate candidate{bf16_of(wanted_scale), std::numeric_limits<float>::infinity(), {}};
  const float scale = f32_of_bf16(candidate.scale);
  if (!std::isnormal(scale)) return candidate;
  const float inverse = 1 / scale;
  float errors[lanes] = {};
  for (std::int64_t first = 0; first < group_columns; first += lanes)
    for (int i = 0; i < lanes; ++i) {
      const float value = values[first + i];
      const float whole = std::min(std::max((value * inverse + rounder) - rounder, -8.0f), 7.0f);
      const float miss = value - whole * scale;
      errors[i] += miss * miss;
      candidate.values[first + i] = whole;
    }
  candidate.error = sum(errors);
  return candidate;
}

// The scale that is best for the whole numbers of a candidate.
float fitted_scale(const float* values, const Candidate& candidate) {
  float products[lanes] = {}, squares[lanes] = {};
  for (std::int64_t first = 0; first < group_columns; first += lanes)
    for (int i = 0; i < lanes; ++i) {
      products[i] += values[first + i] * candidate.values[first + i];
      squares[i] += candidate.values[first + i] * candidate.values[first + i];
    }
  const float of_squares = sum(squares);
  return of_squares > 0 ? sum(products) / of_squares : 0;
}

}  // namespace

Int4Group quantise_group(const float* values) {
  float extreme = 0;
  for (std::int64_t i = 0; i < group_columns; ++i)
    if (std::abs(values[i]) > std::abs(extreme)) extreme = values[i];
  Candidate best;
  const auto consider = [&](float wanted_scale) {
    const Candidate candidate = rounded(values, wanted_scale);
    if (candidate.error < best.error) best = candidate;
  };
  for (const float divisor : divisors) consider(extreme / divisor);
  if (best.error < std::numeric_limits<float>::infinity()) consider(fitted_scale(values, best));

  Int4Group group;
  if (best.error == std::numeric_limits<float>::infinity()) return group;
  group.scale = best.scale;
  for (std::int64_t i = 0; i < group_columns; ++i) group.values[i] = static_cast<std::int8_t>(best.values[i]);
  return group;
}

}  // namespace radfm::kernels
