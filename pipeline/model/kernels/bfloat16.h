// SPDX-License-Identifier: Apache-2.0
// bfloat16: the upper half of a float32.
#pragma once

#include <bit>
#include <cstdint>

namespace radfm::kernels {

constexpr float f32_of_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(std::uint32_t{bits} << 16);
}

// To the nearest, ties to even; what is too large becomes infinite, a NaN stays a NaN of its sign.
constexpr std::uint16_t bf16_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const bool nan = (bits & 0x7fffffff) > 0x7f800000;
  // 0x7fff rounds to the nearest; the lowest bit that stays sends a tie to the even neighbour.
  const std::uint32_t rounded = nan ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1);
  return static_cast<std::uint16_t>(rounded >> 16);
}

}  // namespace radfm::kernels
