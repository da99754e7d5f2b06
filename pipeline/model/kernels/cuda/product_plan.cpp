// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/kernels/cuda/product_plan.h"

#include <algorithm>
#include <cmath>

namespace radfm::kernels::cuda {
namespace {

constexpr double multiprocessors = 132;
constexpr double blocks_enough = 3;     // on a multiprocessor, to keep its memory requests in flight
constexpr std::int64_t share_chunks = 3;  // that a warp has at least; fewer are not worth a block

// How much of the device works: blocks that are all busy until the end, and enough of them.
double use_of(double blocks) {
  const double rounds = blocks / multiprocessors;
  const double even = rounds / std::max(1.0, std::ceil(rounds));
  return even * std::min(1.0, rounds / blocks_enough);
}

}  // namespace

int splits_of(PackedType type, std::int64_t row_blocks, std::int64_t columns) {
  const std::int64_t shares = chunks_of(type, columns) / share_chunks / shares_per_block;
  int best = 1;
  for (int splits = 2; splits <= std::min<std::int64_t>(splits_max, shares); ++splits)
    if (use_of(static_cast<double>(row_blocks * splits)) > use_of(static_cast<double>(row_blocks * best)) + 0.02) best = splits;
  return best;
}

}  // namespace radfm::kernels::cuda
