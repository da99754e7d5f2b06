// SPDX-License-Identifier: Apache-2.0
// A packed matrix (kernels/packed_matrix.h) together with the memory that it lies in.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::model {

// Copies share the memory: that of torch, of a mapped file, or of a GPU.
struct PackedTensor {
  kernels::PackedShape shape;
  at::Tensor values;  // uint8 [tiles, lines, 64]
  at::Tensor scales;  // int8: float32 [tiles, 16]; int4: bfloat16 [tiles, groups, 16]; undefined for the others

  // What kernels read: addresses in the memory of the tensors' device. Valid as long as one copy lives.
  kernels::PackedMatrix matrix() const;
  void* scales_data() const;  // null where there are none
};

// Memory for a matrix of this shape on the processor, its values not yet written.
PackedTensor empty_packed(const kernels::PackedShape& shape);

// A matrix [rows, columns] on the processor, of any floating type; its values must be finite.
PackedTensor pack_tensor(const at::Tensor& matrix, kernels::PackedType type);

// What the packed values stand for, [rows, columns] in float32 or bfloat16 (each rounded once), on the processor; wherever they lie.
at::Tensor unpack_tensor(const PackedTensor& packed, at::ScalarType type);

}  // namespace radfm::model
