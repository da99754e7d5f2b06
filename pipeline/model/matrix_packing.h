// SPDX-License-Identifier: Apache-2.0
// Matrices packed by all threads, wherever their rows come from. Links no torch.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/result.h"
#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::model {

// Writes rows [first, first + count) as float32, row after row. Asked by several threads at once.
using RowReader = std::function<void(std::int64_t first, std::int64_t count, float* out)>;

// Tiles [first, last) of a matrix; `values` and `scales` are the memory of the whole matrix. False where a value is not finite.
bool pack_tiles(const kernels::PackedShape& shape, std::int64_t first, std::int64_t last, const RowReader& rows,
                std::uint8_t* values, void* scales);

// permanent "checkpoint_not_finite".
Error not_finite(const std::string& tensor);

// How many tiles are packed at a time where memory is to be given back in between: as many as keep all threads busy, and
// no more than some megabytes of float32.
std::int64_t tiles_at_once(const kernels::PackedShape& shape);

}  // namespace radfm::model
