// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/stored_tensors.h"

#include "core/result.h"

namespace radfm::model {
namespace {

constexpr std::string_view head_name = "lang_model.lm_head.weight";

// The seven matrices of a layer of the language model.
bool is_layer_matrix(std::string_view name) {
  return name.starts_with("lang_model.model.layers.") && name.ends_with("_proj.weight");
}

}  // namespace

std::optional<kernels::PackedType> packed_type(const TensorSpec& tensor, WeightType type) {
  const bool head = tensor.name == head_name;
  if (!head && !is_layer_matrix(tensor.name)) return {};
  switch (type) {
    case WeightType::f32:
      return kernels::PackedType::f32;
    case WeightType::f16:
      return {};
    case WeightType::bf16:
      return kernels::PackedType::bf16;
    case WeightType::int8:
      return kernels::PackedType::int8;
    case WeightType::int4:  // a wrong word is worse than a wrong weight
      return head ? kernels::PackedType::int8 : kernels::PackedType::int4;
  }
  broken_invariant("a weight type that is neither packed nor not");
}

kernels::PackedShape packed_shape(const TensorSpec& tensor, kernels::PackedType type) {
  if (tensor.shape.size() != 2) broken_invariant("only matrices are packed");
  return {type, tensor.shape[0], tensor.shape[1]};
}

std::string scales_name(const std::string& tensor) {
  return tensor + ".scales";
}

std::int64_t StoredTensor::bytes() const {
  const ElementType* element = element_type(dtype);
  if (!element) broken_invariant("a stored tensor of no known type");
  return spec.values() * static_cast<std::int64_t>(element->bytes);
}

std::vector<StoredTensor> stored_as(const TensorSpec& tensor, const std::optional<WeightType>& type) {
  if (!type) return {{tensor, ""}};
  const auto packed = is_quantised(*type) ? packed_type(tensor, *type) : std::nullopt;
  if (!packed) return {{tensor, std::string(to_string(plain_type(*type)))}};
  const kernels::PackedShape shape = packed_shape(tensor, *packed);
  StoredTensor values{{tensor.name, {shape.tiles(), shape.lines_per_tile(), kernels::line_bytes}}, std::string(packed_dtype)};
  StoredTensor scales{{scales_name(tensor.name), {shape.tiles(), kernels::tile_rows}}, "F32"};
  if (*packed == kernels::PackedType::int4) {
    scales.spec.shape.insert(scales.spec.shape.begin() + 1, shape.groups());
    scales.dtype = "BF16";
  }
  return {std::move(values), std::move(scales)};
}

std::vector<StoredTensor> stored_tensors_of(const ModelConfig& config) {
  std::vector<StoredTensor> stored;
  for (const auto& tensor : tensors_of(config))
    for (auto& part : stored_as(tensor, config.weights_type)) stored.push_back(std::move(part));
  return stored;
}

std::int64_t weight_bytes(const ModelConfig& config, WeightType type) {
  std::int64_t bytes = 0;
  for (const auto& tensor : tensors_of(config))
    for (const auto& part : stored_as(tensor, type)) bytes += part.bytes();
  return bytes;
}

}  // namespace radfm::model
