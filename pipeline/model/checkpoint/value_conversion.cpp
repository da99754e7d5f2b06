// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint/value_conversion.h"

#include <bit>
#include <cstring>

#include "core/result.h"

namespace radfm::model {
namespace {

static_assert(std::endian::native == std::endian::little, "values are taken from files as they lie");

template <class Value>
Value value_at(const std::uint8_t* data, std::size_t index) {
  Value value;
  std::memcpy(&value, data + index * sizeof(Value), sizeof(Value));
  return value;
}

float f32_at(const std::uint8_t* data, std::size_t index, WeightType type) {
  switch (type) {
    case WeightType::f32:
      return value_at<float>(data, index);
    case WeightType::f16:
      return f32_of_f16(value_at<std::uint16_t>(data, index));
    case WeightType::bf16:
      return f32_of_bf16(value_at<std::uint16_t>(data, index));
    case WeightType::int8:
    case WeightType::int4:
      break;
  }
  broken_invariant("a weight type without values of its own");
}

}  // namespace

std::uint16_t bf16_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  // Rounding could carry a NaN's last bits away and leave an infinity: a quiet NaN instead.
  if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(bits >> 16 | 0x0040u);
  const std::uint32_t half =
      0x7fffu + (bits >> 16 & 1u);  // just under a half, or a half when the last bit is odd
  return static_cast<std::uint16_t>((bits + half) >> 16);
}

float f32_of_bf16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

float f32_of_f16(std::uint16_t bits) {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16;
  const std::uint32_t exponent = bits >> 10 & 0x1fu, fraction = bits & 0x3ffu;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);  // infinity, NaN
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float subnormal = static_cast<float>(fraction) * 0x1p-24f;  // exact, zero included
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(subnormal));
}

void widen_values(const std::uint8_t* data, std::size_t count, WeightType from, float* wide) {
  if (from == WeightType::f32) {
    std::memcpy(wide, data, count * sizeof(float));
    return;
  }
  for (std::size_t i = 0; i < count; ++i) wide[i] = f32_at(data, i, from);
}

void convert_values(const std::uint8_t* data, std::size_t bytes, WeightType from, WeightType to,
                    std::vector<std::uint8_t>& converted) {
  if (from == to) {
    converted.assign(data, data + bytes);
    return;
  }
  if (to == WeightType::f16) broken_invariant("weights are not converted to F16: it cannot hold their range");
  const std::size_t count = bytes / bytes_of(from);
  converted.resize(count * bytes_of(to));
  for (std::size_t i = 0; i < count; ++i) {
    const float value = f32_at(data, i, from);
    if (to == WeightType::f32) {
      std::memcpy(converted.data() + 4 * i, &value, 4);
    } else {
      const std::uint16_t rounded = bf16_of(value);
      std::memcpy(converted.data() + 2 * i, &rounded, 2);
    }
  }
}

}  // namespace radfm::model
