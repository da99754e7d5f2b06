// SPDX-License-Identifier: Apache-2.0
// What the elements of a stored tensor are. Weights are F32, F16 or BF16; the others are known by size, so
// that a file which also holds tensors that inference does not use can be read.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace radfm::model {

enum class WeightType { f32, f16, bf16 };
std::string_view to_string(WeightType type);  // "F32", "F16", "BF16"
std::size_t bytes_of(WeightType type);

// `name` as safetensors writes it.
struct ElementType {
  std::string_view name;
  std::size_t bytes;
  std::optional<WeightType> weight;
};
const ElementType* element_type(std::string_view name);  // null: unknown

}  // namespace radfm::model
