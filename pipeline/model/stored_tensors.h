// SPDX-License-Identifier: Apache-2.0
// How the network's tensors lie in the files of a model directory. Row by row under their names; in a directory of
// quantised weights each matrix of the language model is two tensors instead, in the layout that the kernels read
// (kernels/packed_matrix.h):
//   NAME         U8 [tiles, lines, 64]
//   NAME.scales  int8: F32 [tiles, 16]; int4: BF16 [tiles, groups, 16]
// The seven matrices of each layer are of the model's type, the head is int8 in both. Values begin at a multiple of 64
// bytes in their file, so that the mapped file is what kernels read. config.json tells the type ("weights_type"), the
// metadata of each file the version of the layout ("radfm.packed": "1"). Links no torch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/model/checkpoint/element_type.h"
#include "pipeline/model/kernels/packed_matrix.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

inline constexpr std::string_view packed_layout_version = "1";  // under packed_layout_key (safetensors_header.h)
inline constexpr std::string_view packed_dtype = "U8";

// The kernels' type of a tensor of the network in a model that computes in `type`; nothing for what kernels do not
// multiply with: all but the language model's matrices, and everything in F16.
std::optional<kernels::PackedType> packed_type(const TensorSpec& tensor, WeightType type);
kernels::PackedShape packed_shape(const TensorSpec& tensor, kernels::PackedType type);  // of a matrix
std::string scales_name(const std::string& tensor);

// A tensor of a file.
struct StoredTensor {
  TensorSpec spec;
  std::string dtype;  // as safetensors names it; empty: any that a weight can have

  std::int64_t bytes() const;  // of a known dtype
};

// What one tensor of the network is in the files of a model stored in `type`: itself, or packed values and their scales.
// Without a type each tensor of the files says its own.
std::vector<StoredTensor> stored_as(const TensorSpec& tensor, const std::optional<WeightType>& type);
// What the files of a model must hold, in the order of tensors_of.
std::vector<StoredTensor> stored_tensors_of(const ModelConfig& config);

// Of all weights in memory, in a model that computes in `type`.
std::int64_t weight_bytes(const ModelConfig& config, WeightType type);

}  // namespace radfm::model
