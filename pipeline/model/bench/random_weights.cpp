// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/random_weights.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <cstring>
#include <thread>

#include "pipeline/model/seed_weights.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

// Which bits of 64 are drawn, and what stands in the others.
struct BitPattern {
  std::uint64_t drawn = ~std::uint64_t{0}, fixed = 0;
};

constexpr std::uint64_t twice(std::uint32_t bits) { return std::uint64_t{bits} << 32 | bits; }
constexpr std::uint64_t four_times(std::uint16_t bits) { return twice(std::uint32_t{bits} << 16 | bits); }

// Floating values of one magnitude and either sign: sign and fraction are drawn, the exponent is not.
BitPattern floating_pattern(at::ScalarType type, int exponent) {
  switch (type) {
    case at::kFloat:
      return {twice(0x807f'ffff), twice(static_cast<std::uint32_t>(127 + exponent) << 23)};
    case at::kBFloat16:
      return {four_times(0x807f), four_times(static_cast<std::uint16_t>((127 + exponent) << 7))};
    case at::kHalf:
      return {four_times(0x83ff), four_times(static_cast<std::uint16_t>((15 + exponent) << 10))};
    default:
      broken_invariant("weights of a type that no weight has");
  }
}

std::uint64_t drawn_word(std::uint64_t hash, std::uint64_t index) {
  std::uint64_t z = hash + index * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 32)) * 0xD6E8FEB86659FD93ull;
  return z ^ (z >> 32);
}

void fill_range(std::uint8_t* bytes, std::int64_t begin, std::int64_t end, std::uint64_t hash, BitPattern pattern) {
  for (std::int64_t at = begin; at < end; at += 8) {
    const std::uint64_t word = (drawn_word(hash, static_cast<std::uint64_t>(at)) & pattern.drawn) | pattern.fixed;
    std::memcpy(bytes + at, &word, static_cast<std::size_t>(std::min<std::int64_t>(8, end - at)));
  }
}

void fill(const at::Tensor& tensor, std::uint64_t hash, BitPattern pattern) {
  auto* bytes = static_cast<std::uint8_t*>(tensor.data_ptr());
  const auto size = static_cast<std::int64_t>(tensor.nbytes());
  const std::int64_t threads = at::get_num_threads(), share = (size / threads / 8 + 1) * 8;
  std::vector<std::jthread> fillers;
  for (std::int64_t begin = 0; begin < size; begin += share)
    fillers.emplace_back([=] { fill_range(bytes, begin, std::min(begin + share, size), hash, pattern); });
}

// Values of 1 / sqrt(columns) keep what a matrix computes of the magnitude of what it is given.
double magnitude(const TensorSpec& tensor) {
  return 1 / std::sqrt(static_cast<double>(tensor.shape.back()));
}

at::Tensor random_tensor(const TensorSpec& spec, at::ScalarType type) {
  const at::Tensor tensor = at::empty(spec.shape, at::TensorOptions(type));
  if (spec.shape.size() == 1) return tensor.fill_(spec.name.ends_with("bias") ? 0.0 : 1.0);
  fill(tensor, name_hash(spec.name), floating_pattern(type, std::ilogb(magnitude(spec))));
  return tensor;
}

// Rows and columns of a whole number of tiles and groups: none of the drawn values stands where the layout wants zeros.
void require_no_padding(const kernels::PackedShape& shape) {
  if (shape.rows % kernels::tile_rows != 0 || shape.padded_columns() != shape.columns)
    broken_invariant("random weights of sizes that are no whole tiles");
}

PackedTensor random_packed(const TensorSpec& spec, kernels::PackedType type) {
  const kernels::PackedShape shape = packed_shape(spec, type);
  require_no_padding(shape);
  PackedTensor packed = empty_packed(shape);
  BitPattern pattern;
  double values_rms = 0;
  switch (type) {
    case kernels::PackedType::f32:
      pattern = floating_pattern(at::kFloat, std::ilogb(magnitude(spec)));
      break;
    case kernels::PackedType::bf16:
      pattern = floating_pattern(at::kBFloat16, std::ilogb(magnitude(spec)));
      break;
    case kernels::PackedType::int8:
      pattern.fixed = 0x0101'0101'0101'0101;  // odd bytes: no value is -128
      values_rms = 74;
      break;
    case kernels::PackedType::int4:
      values_rms = 4.6;
      break;
  }
  fill(packed.values, name_hash(spec.name), pattern);
  if (packed.scales.defined()) packed.scales.fill_(magnitude(spec) / values_rms);
  return packed;
}

}  // namespace

Weights random_weights(const ModelConfig& config, const Placement& placement) {
  std::unordered_map<std::string, at::Tensor> tensors;
  std::unordered_map<std::string, PackedTensor> packed;
  for (const auto& spec : tensors_of(config)) {
    if (const auto type = placement.packed ? packed_type(spec, placement.type) : std::nullopt) {
      PackedTensor made = random_packed(spec, *type);
      made.values = made.values.to(placement.device);
      if (made.scales.defined()) made.scales = made.scales.to(placement.device);
      packed.emplace(spec.name, std::move(made));
    } else {
      tensors.emplace(spec.name, random_tensor(spec, scalar_type(placement.type)).to(placement.device));
    }
  }
  return Weights::of_tensors(std::move(tensors), std::move(packed), scalar_type(placement.type));
}

}  // namespace radfm::model
