// SPDX-License-Identifier: Apache-2.0
// Values from one weight type to another. To F32: exact. To BF16: round to nearest, ties to even; what is too
// large becomes infinite, a NaN stays a NaN of its sign.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pipeline/model/checkpoint/element_type.h"

namespace radfm::model {

std::uint16_t bf16_of(float value);
float f32_of_bf16(std::uint16_t bits);
float f32_of_f16(std::uint16_t bits);

// `count` values of any type of an element, little endian and of any alignment, as float32: exact.
void widen_values(const std::uint8_t* data, std::size_t count, WeightType from, float* wide);

// `bytes` holds whole elements of type `from`, little endian; `converted` is replaced. `to` is F32 or BF16,
// or the same as `from`.
void convert_values(const std::uint8_t* data, std::size_t bytes, WeightType from, WeightType to,
                    std::vector<std::uint8_t>& converted);

}  // namespace radfm::model
