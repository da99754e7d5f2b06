// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/memory_bandwidth.h"

#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <atomic>

#include "core/result.h"
#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

constexpr int passes = 8;
constexpr std::int64_t block_words = 1 << 16;

// Several sums beside one another: the additions must not be what is waited for.
std::int64_t sum_of(const std::int64_t* words, std::int64_t count) {
  std::int64_t sums[8] = {};
  for (std::int64_t i = 0; i + 8 <= count; i += 8)
    for (int lane = 0; lane < 8; ++lane) sums[lane] += words[i + lane];
  std::int64_t sum = 0;
  for (const auto value : sums) sum += value;
  return sum;
}

double processor_bandwidth() {
  const std::int64_t count = bandwidth_buffer_bytes / 8;
  const at::Tensor buffer = at::ones({count}, at::TensorOptions(at::kLong));
  const std::int64_t* words = buffer.data_ptr<std::int64_t>();
  double best_s = 1e9;
  for (int pass = 0; pass < passes; ++pass) {
    std::atomic<std::int64_t> total = 0;
    const Stopwatch watch;
    at::parallel_for(0, count, block_words, [&](std::int64_t begin, std::int64_t end) {
      total += sum_of(words + begin, end - begin);
    });
    best_s = std::min(best_s, watch.s());
    if (total != count) broken_invariant("a buffer of ones does not sum to its length");
  }
  return static_cast<double>(bandwidth_buffer_bytes) / best_s;
}

double gpu_bandwidth(c10::Device device) {
  const at::Tensor buffer =
      at::ones({bandwidth_buffer_bytes / 4}, at::TensorOptions(at::kFloat).device(device));
  double best_s = 1e9;
  for (int pass = 0; pass < passes; ++pass) {
    cuda::synchronize(device.index());
    const Stopwatch watch;
    const at::Tensor sum = buffer.sum();
    cuda::synchronize(device.index());
    best_s = std::min(best_s, watch.s());
  }
  return static_cast<double>(bandwidth_buffer_bytes) / best_s;
}

}  // namespace

double read_bandwidth(c10::Device device) {
  return device.is_cuda() ? gpu_bandwidth(device) : processor_bandwidth();
}

}  // namespace radfm::model
