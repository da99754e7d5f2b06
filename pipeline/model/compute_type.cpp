// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/compute_type.h"

#include "pipeline/model/model_files.h"

namespace radfm::model {

std::string_view compute_type_name(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return "f32";
    case WeightType::f16:
      return "f16";
    case WeightType::bf16:
      return "bf16";
    case WeightType::int8:
      return "int8";
    case WeightType::int4:
      return "int4";
  }
  broken_invariant("a compute type without a name");
}

Result<std::optional<WeightType>> parse_compute_type(const std::string& word) {
  if (word == "auto") return std::optional<WeightType>();
  for (const WeightType type : compute_types)
    if (word == compute_type_name(type)) return std::optional<WeightType>(type);
  return permanent_error("compute_type_unknown",
                         "model.dtype is " + word.substr(0, 40) + ", which is none of auto, f32, bf16, f16, int8, int4");
}

WeightType stored_type(const ModelFiles& files) {
  if (files.from_seed()) return WeightType::f32;
  if (files.config.weights_type) return *files.config.weights_type;
  std::optional<WeightType> common;
  for (const auto& tensor : tensors_of(files.config)) {
    const WeightType type = *files.checkpoint->at(tensor.name).type;
    if (common && *common != type) return WeightType::f32;
    common = type;
  }
  return *common;
}

}  // namespace radfm::model
