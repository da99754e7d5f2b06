// SPDX-License-Identifier: Apache-2.0
// Compiled without contraction to fused multiply-adds: each operation rounds once (see CMakeLists.txt).
#include "pipeline/model/seed_weights.h"

#include <cmath>

namespace radfm::model {
namespace {

std::uint32_t drawn_bits(std::uint64_t name_hash, std::uint64_t index) {
  std::uint64_t z = name_hash + index + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 40);
}

}  // namespace

std::uint64_t name_hash(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

float drawn_signed(std::uint64_t name_hash, std::uint64_t index) {
  return static_cast<float>(static_cast<int>(drawn_bits(name_hash, index)) - 8388608) / 8388608.0f;
}

float drawn_unit(std::uint64_t name_hash, std::uint64_t index) {
  return static_cast<float>(drawn_bits(name_hash, index)) / 16777216.0f;
}

std::vector<float> draw_tensor(std::string_view seed, const TensorSpec& tensor) {
  std::vector<float> values(static_cast<std::size_t>(tensor.values()));
  draw_tensor(seed, tensor, values.data());
  return values;
}

void draw_tensor(std::string_view seed, const TensorSpec& tensor, float* values) {
  const std::string_view name = tensor.name;
  const auto hash = name_hash(seed.empty() ? std::string(name) : std::string(seed) + ":" + std::string(name));
  float offset = 0, scale = 1;
  if (name.find("pos_embedding.") != std::string_view::npos) {
    scale = 0.5f;
  } else if (name.ends_with("perceiver.latents")) {
    scale = 1;
  } else if (name.ends_with(".bias")) {
    scale = 0.1f;
  } else if (tensor.shape.size() == 1) {
    offset = 1, scale = 0.1f;
  } else {
    scale = static_cast<float>(std::sqrt(3.0 / static_cast<double>(tensor.shape.back())));
  }
  const auto count = static_cast<std::size_t>(tensor.values());
  for (std::size_t i = 0; i < count; ++i) {
    const float product = drawn_signed(hash, i) * scale;
    values[i] = offset + product;
  }
}

}  // namespace radfm::model
