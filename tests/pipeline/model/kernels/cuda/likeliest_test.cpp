// SPDX-License-Identifier: Apache-2.0
// Aim: the likeliest token is the lowest of the largest logits, and a row with what is no number says so.
#include "pipeline/model/kernels/cuda/likeliest.h"

#include <algorithm>
#include <cmath>

#include "tests/pipeline/model/kernels/cuda/device_array.h"
#include "tests/pipeline/model/kernels/random_matrix.h"

namespace radfm::kernels::cuda {
namespace {

std::vector<Likeliest> computed(const std::vector<float>& logits, int vocab) {
  const int rows = static_cast<int>(logits.size()) / vocab;
  DeviceArray<float> values(logits);
  DeviceArray<Likeliest> out(std::vector<Likeliest>(static_cast<std::size_t>(rows), Likeliest{77, 77}));
  launch_likeliest(values.data(), rows, vocab, out.data(), nullptr);
  return out.values();
}

TEST(DeviceLikeliest, LowestOfTheLargest) {
  DEVICE_OR_SKIP();
  for (const int vocab : {1, 5, 1024, 32000}) {
    auto logits = drawn_values(3 * vocab, 6);
    for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = std::round(logits[i] * 8);  // many equals
    const auto rows = computed(logits, vocab);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const auto first = logits.begin() + static_cast<std::ptrdiff_t>(row) * vocab;
      EXPECT_EQ(rows[row].id, std::max_element(first, first + vocab) - first);
      EXPECT_EQ(rows[row].finite, 1);
    }
  }
}

TEST(DeviceLikeliest, WhatIsNoNumber) {
  DEVICE_OR_SKIP();
  for (const float bad : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> logits(2 * 3000, 1.0f);
    logits[3000 + 2077] = bad;
    const auto rows = computed(logits, 3000);
    EXPECT_EQ(rows[0].finite, 1);
    EXPECT_EQ(rows[0].id, 0);
    EXPECT_EQ(rows[1].finite, 0);
  }
}

}  // namespace
}  // namespace radfm::kernels::cuda
