// SPDX-License-Identifier: Apache-2.0
// A packed matrix as bfloat16, row by row, on the GPU: what a prompt's products of matrices want. The bits of unpack_rows.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/cuda/product.h"
#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::kernels::cuda {

// out: [rows][columns], 4-byte aligned.
void launch_unpack(PackedType type, const DeviceMatrix& matrix, std::int64_t columns, std::uint16_t* out, Stream stream);

}  // namespace radfm::kernels::cuda
