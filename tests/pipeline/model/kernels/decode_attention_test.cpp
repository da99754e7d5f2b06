// SPDX-License-Identifier: Apache-2.0
// Aim: attention over a cache is near to what exact arithmetic gives, and the same to the bit by every set of instructions, with
// any number of threads and whatever is computed beside it; the exponential's error is within what is promised.
#include "pipeline/model/kernels/decode_attention.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "pipeline/model/kernels/bfloat16.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels {
namespace {

// A drawn cache of one layer, and a drawn question to it.
class DrawnQuestion {
 public:
  DrawnQuestion(CacheType type, std::int64_t heads, std::int64_t width, std::int64_t length, std::uint32_t seed)
      : q_(drawn_values(heads * width, seed)), out_(q_.size(), 77), capacity_(length + 3) {
    keys_ = drawn_values(heads * capacity_ * width, seed + 1);
    values_ = drawn_values(heads * capacity_ * width, seed + 2);
    for (float& q : q_) q *= 3;  // weights that differ
    if (type == CacheType::bf16) {
      for (auto* floats : {&keys_, &values_})
        for (float& value : *floats) value = f32_of_bf16(bf16_of(value));
      std::transform(keys_.begin(), keys_.end(), std::back_inserter(half_keys_), bf16_of);
      std::transform(values_.begin(), values_.end(), std::back_inserter(half_values_), bf16_of);
    }
    question_.q = q_.data();
    question_.out = out_.data();
    question_.cache = {type, type == CacheType::f32 ? static_cast<const void*>(keys_.data()) : half_keys_.data(),
                       type == CacheType::f32 ? static_cast<const void*>(values_.data()) : half_values_.data(), heads, capacity_,
                       width, length};
  }
  DrawnQuestion(const DrawnQuestion&) = delete;

  const AttentionQuestion& question() const { return question_; }
  float& q(std::int64_t index) { return q_[static_cast<std::size_t>(index)]; }
  double key(std::int64_t head, std::int64_t p, std::int64_t c) const { return at(keys_, head, p, c); }
  double value(std::int64_t head, std::int64_t p, std::int64_t c) const { return at(values_, head, p, c); }
  std::vector<std::uint32_t> bits() const {
    std::vector<std::uint32_t> bits;
    for (const float value : out_) bits.push_back(std::bit_cast<std::uint32_t>(value));
    return bits;
  }
  const std::vector<float>& out() const { return out_; }

 private:
  double at(const std::vector<float>& floats, std::int64_t head, std::int64_t p, std::int64_t c) const {
    return floats[static_cast<std::size_t>((head * capacity_ + p) * question_.cache.width + c)];
  }
  std::vector<float> q_, out_, keys_, values_;
  std::vector<std::uint16_t> half_keys_, half_values_;
  std::int64_t capacity_;
  AttentionQuestion question_;
};

struct Sizes {
  std::int64_t heads = 0, width = 0, length = 0;
};
constexpr Sizes sizes[] = {{1, 16, 1}, {2, 128, 3}, {3, 64, 17}, {2, 128, 130}, {1, 80, 63}, {2, 20, 33}, {1, 5, 9}, {2, 256, 41}, {1, 128, 515}};
constexpr CacheType cache_types[] = {CacheType::f32, CacheType::bf16};

TEST(DecodeAttention, ExponentialIsNear) {
  double worst = 0;
  for (int i = 0; i <= 870'000; ++i) {
    const float x = static_cast<float>(i) * -1e-4f;
    const double exact = std::exp(static_cast<double>(x));
    if (x >= -87) worst = std::max(worst, std::abs(static_cast<double>(exponential(x)) - exact) / exact);
  }
  EXPECT_LT(worst, 2e-7);
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-87.01f), 0);
  EXPECT_EQ(exponential(-std::numeric_limits<float>::infinity()), 0);
  EXPECT_TRUE(std::isnan(exponential(std::numeric_limits<float>::quiet_NaN())));
}

TEST(DecodeAttention, IsNearTheExactOne) {
  for (const CacheType type : cache_types)
    for (const auto& [heads, width, length] : sizes) {
      DrawnQuestion drawn(type, heads, width, length, 21);
      attend(&drawn.question(), 1, Instructions::portable);
      for (std::int64_t head = 0; head < heads; ++head) {
        std::vector<double> weights;
        for (std::int64_t p = 0; p < length; ++p) {
          double dot = 0;
          for (std::int64_t c = 0; c < width; ++c) dot += static_cast<double>(drawn.q(head * width + c)) * drawn.key(head, p, c);
          weights.push_back(std::exp(dot / std::sqrt(static_cast<double>(width))));
        }
        for (std::int64_t c = 0; c < width; ++c) {
          double sum = 0, total = 0;
          for (std::int64_t p = 0; p < length; ++p) {
            sum += weights[static_cast<std::size_t>(p)] * drawn.value(head, p, c);
            total += weights[static_cast<std::size_t>(p)];
          }
          ASSERT_NEAR(drawn.out()[static_cast<std::size_t>(head * width + c)], sum / total, 4e-6) << width << " " << length;
        }
      }
    }
}

TEST(DecodeAttention, SameBitsForAllInstructionsAndThreads) {
  for (const CacheType type : cache_types)
    for (const auto& [heads, width, length] : sizes) {
      DrawnQuestion drawn(type, heads, width, length, 22);
      attend(&drawn.question(), 1, Instructions::portable);
      const auto expected = drawn.bits();
      for (const Instructions instructions : instructions_here())
        for (const int threads : {1, 2}) {
          DrawnQuestion again(type, heads, width, length, 22);
          const int before = omp_get_max_threads();
          omp_set_num_threads(threads);
          attend(&again.question(), 1, instructions);
          omp_set_num_threads(before);
          ASSERT_EQ(again.bits(), expected) << instructions_name(instructions) << " " << width << " " << length;
        }
    }
}

TEST(DecodeAttention, SequencesBesideOneAnotherChangeNothing) {
  std::vector<std::unique_ptr<DrawnQuestion>> beside;
  std::vector<AttentionQuestion> questions;
  for (std::uint32_t i = 0; i < 9; ++i) {
    beside.push_back(std::make_unique<DrawnQuestion>(cache_types[i % 2], 1 + i % 3, 32, 40 + 11 * i, 30 + i));
    questions.push_back(beside.back()->question());
  }
  attend(questions.data(), 9);
  for (std::uint32_t i = 0; i < 9; ++i) {
    DrawnQuestion alone(cache_types[i % 2], 1 + i % 3, 32, 40 + 11 * i, 30 + i);
    attend(&alone.question(), 1);
    EXPECT_EQ(beside[i]->bits(), alone.bits()) << i;
  }
}

TEST(DecodeAttention, WhatIsNotFiniteStaysSo) {
  for (const Instructions instructions : instructions_here()) {
    DrawnQuestion drawn(CacheType::f32, 1, 32, 40, 50);
    drawn.q(5) = std::numeric_limits<float>::quiet_NaN();
    attend(&drawn.question(), 1, instructions);
    for (const float value : drawn.out()) EXPECT_TRUE(std::isnan(value)) << instructions_name(instructions);
  }
}

}  // namespace
}  // namespace radfm::kernels
