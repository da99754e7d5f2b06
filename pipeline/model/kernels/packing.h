// SPDX-License-Identifier: Apache-2.0
// Values into the packed layout and back. The same bytes on every machine: each operation rounds once.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/instructions.h"
#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::kernels {

// Packs 16 rows (fewer at the end of the matrix: `rows`) of float32 values, row after row without gaps, as tile `tile` of
// `values` and `scales` (the memory of the whole matrix). Any number of threads, each with tiles of its own.
//   bf16  rounded to the nearest, ties to even
//   int8  scale = largest magnitude of the row / 127; value / scale rounded to the nearest, ties to even
//   int4  for each group a scale (bfloat16, of either sign) such that the squared error over the group is the least among the
//         candidates tried (int4_group.cpp); values in [-8, 7]
// A row or group of zeros, or of values so small that the scale would be no normal number, has scale 0. Values must be finite: a value that is not makes the pack say so (false).
bool pack_tile(const PackedShape& shape, std::int64_t tile, const float* rows_values, std::int64_t rows, std::uint8_t* values,
               void* scales);

// What the packed values stand for, rows [first, first + count) as float32, row after row [count, columns]. On the
// threads of OpenMP; a call from inside a parallel region runs on the calling thread alone.
void unpack_rows(const PackedMatrix& matrix, std::int64_t first, std::int64_t count, float* out,
                 Instructions instructions = best_instructions());
// The same rounded to bfloat16, as its bit patterns.
void unpack_rows(const PackedMatrix& matrix, std::int64_t first, std::int64_t count, std::uint16_t* out,
                 Instructions instructions = best_instructions());

}  // namespace radfm::kernels
