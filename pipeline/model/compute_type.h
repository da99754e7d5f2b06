// SPDX-License-Identifier: Apache-2.0
// The type that the network computes in, as people write it: "f32", "bf16", "f16", "int8", "int4", and "auto" for the
// engine's own choice. Norms, rotary angles, attention weights and logits are float32 in each of them; in int8 and int4
// the matrices of the language model are quantised, all else is bf16. Links no torch.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "pipeline/model/checkpoint.h"

namespace radfm::model {

std::string_view compute_type_name(WeightType type);  // "f32", "bf16", "f16", "int8", "int4"

// All of them, the largest first.
inline constexpr WeightType compute_types[] = {WeightType::f32, WeightType::bf16, WeightType::f16, WeightType::int8,
                                               WeightType::int4};

// Nothing for "auto". permanent "compute_type_unknown".
Result<std::optional<WeightType>> parse_compute_type(const std::string& word);

struct ModelFiles;
// The one type that all weights are stored in, or the quantised type of config.json; a mixture counts as float32, which
// holds each of them.
WeightType stored_type(const ModelFiles& files);

}  // namespace radfm::model
