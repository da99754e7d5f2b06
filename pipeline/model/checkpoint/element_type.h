// SPDX-License-Identifier: Apache-2.0
// What the elements of a stored tensor are. Weights are F32, F16 or BF16; the others are known by size, so
// that a file which also holds tensors that inference does not use can be read. Quantised weights are bytes (U8) with
// scales (stored_tensors.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace radfm::model {

// int8 and int4 are types of a whole model: the matrices of its language model are quantised, all else is in
// plain_type. No element of a file has them.
enum class WeightType { f32, f16, bf16, int8, int4 };
std::string_view to_string(WeightType type);  // "F32", "F16", "BF16", "INT8", "INT4"
bool is_quantised(WeightType type);
WeightType plain_type(WeightType type);   // BF16 of int8 and int4, else the type itself
std::size_t bytes_of(WeightType type);    // of one element; of no quantised type

// `name` as safetensors writes it.
struct ElementType {
  std::string_view name;
  std::size_t bytes;
  std::optional<WeightType> weight;
};
const ElementType* element_type(std::string_view name);  // null: unknown

}  // namespace radfm::model
