// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/memory_bandwidth.h"

#include <ATen/Parallel.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "core/result.h"
#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

constexpr int passes = 8;

// Four places of the block are read beside one another, as a matrix-vector product reads rows, and summed in registers:
// neither one stream's prefetching nor the additions must be what is waited for.
std::int64_t sum_of(const std::int64_t* words, std::int64_t count) {
  using Words = std::int64_t __attribute__((vector_size(32), aligned(8)));
  const std::int64_t quarter = count / 16;
  const auto* first = reinterpret_cast<const Words*>(words);
  const Words *second = first + quarter, *third = second + quarter, *fourth = third + quarter;
  Words sums[4] = {};
  for (std::int64_t i = 0; i < quarter; ++i) {
    sums[0] += first[i];
    sums[1] += second[i];
    sums[2] += third[i];
    sums[3] += fourth[i];
  }
  const Words all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return all[0] + all[1] + all[2] + all[3];
}

double processor_bandwidth() {
  const std::int64_t threads = at::get_num_threads();
  const std::int64_t block = bandwidth_buffer_bytes / 8 / threads / 16 * 16;  // words
  const at::Tensor buffer = at::ones({block * threads}, at::TensorOptions(at::kLong));
  const std::int64_t* words = buffer.data_ptr<std::int64_t>();
  double best_s = 1e9;
  for (int pass = 0; pass < passes; ++pass) {
    std::atomic<std::int64_t> total = 0;
    const Stopwatch watch;
    {
      std::vector<std::jthread> readers;
      for (std::int64_t i = 0; i < threads; ++i)
        readers.emplace_back([&, i] { total += sum_of(words + i * block, block); });
    }
    best_s = std::min(best_s, watch.s());
    if (total != block * threads) broken_invariant("a buffer of ones does not sum to its length");
  }
  return static_cast<double>(buffer.nbytes()) / best_s;
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
