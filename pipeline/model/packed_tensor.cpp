// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/packed_tensor.h"

#include <ATen/ops/empty.h>

#include <cstring>

#include "core/result.h"
#include "pipeline/model/kernels/packing.h"
#include "pipeline/model/matrix_packing.h"

namespace radfm::model {

kernels::PackedMatrix PackedTensor::matrix() const {
  return {shape, static_cast<const std::uint8_t*>(values.const_data_ptr()), scales_data()};
}

void* PackedTensor::scales_data() const { return scales.defined() ? scales.data_ptr() : nullptr; }

PackedTensor empty_packed(const kernels::PackedShape& shape) {
  PackedTensor packed{shape, {}, {}};
  // torch's memory is aligned to 64 bytes, as the kernels ask.
  packed.values = at::empty({shape.tiles(), shape.lines_per_tile(), kernels::line_bytes}, at::TensorOptions(at::kByte));
  if (shape.type == kernels::PackedType::int8)
    packed.scales = at::empty({shape.tiles(), kernels::tile_rows}, at::TensorOptions(at::kFloat));
  if (shape.type == kernels::PackedType::int4)
    packed.scales = at::empty({shape.tiles(), shape.groups(), kernels::tile_rows}, at::TensorOptions(at::kBFloat16));
  return packed;
}

PackedTensor pack_tensor(const at::Tensor& matrix, kernels::PackedType type) {
  const at::Tensor exact = matrix.to(at::kFloat).contiguous();
  PackedTensor packed = empty_packed({type, exact.size(0), exact.size(1)});
  const float* values = exact.const_data_ptr<float>();
  const auto rows = [&](std::int64_t first, std::int64_t count, float* out) {
    std::memcpy(out, values + first * exact.size(1), static_cast<std::size_t>(count * exact.size(1)) * sizeof(float));
  };
  if (!pack_tiles(packed.shape, 0, packed.shape.tiles(), rows, static_cast<std::uint8_t*>(packed.values.data_ptr()),
                  packed.scales_data()))
    broken_invariant("only finite values are packed");
  return packed;
}

at::Tensor unpack_tensor(const PackedTensor& of, at::ScalarType type) {
  const PackedTensor packed{of.shape, of.values.cpu(), of.scales.defined() ? of.scales.cpu() : at::Tensor()};
  const at::Tensor matrix = at::empty({packed.shape.rows, packed.shape.columns}, at::TensorOptions(type));
  if (type == at::kFloat)
    kernels::unpack_rows(packed.matrix(), 0, packed.shape.rows, matrix.data_ptr<float>());
  else if (type == at::kBFloat16)
    kernels::unpack_rows(packed.matrix(), 0, packed.shape.rows, static_cast<std::uint16_t*>(matrix.data_ptr()));
  else
    broken_invariant("packed values are unpacked to float32 or bfloat16");
  return matrix;
}

}  // namespace radfm::model
