// SPDX-License-Identifier: Apache-2.0
// Vectors made ready for products (product_plan.h), together with what comes before: what one block can do for a vector of up to
// 16384 values between two products. Sums are taken in a fixed order, a vector knows of no other.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/cuda/product.h"
#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::kernels::cuda {

inline constexpr std::int64_t prepared_columns_max = 16384;

// Where prepared vectors go. Digit columns of vectors that are not there are not written; products do not read them.
struct PreparedSpace {
  PackedType type = PackedType::bf16;
  std::int64_t columns = 0;
  int vectors = 0;  // at most vectors_max
  std::uint32_t* words = nullptr;  // prepared_bytes
  float* steps = nullptr;          // [vectors]
};

// What a step is told of each sequence in it.
struct StepRow {
  std::int32_t token = -1;     // its last one, to be read; -1: no sequence is here, and all its results are zeros
  std::int32_t position = -1;  // where it stands: as many as are in the cache
  std::int32_t capacity = 0;   // of the cache
};

// x [vectors][columns] float32, the residual stream, gets rows of the embedding table.
struct Embedding {
  const StepRow* rows = nullptr;
  const std::uint16_t* table = nullptr;  // bfloat16 [vocab][columns]
};
// x += added (none: null), or x = embedding; then weight * x / sqrt(mean(x^2) + eps).
struct Norm {
  float* x = nullptr;
  const float* added = nullptr;
  Embedding embedding;
  const float* weight = nullptr;  // [columns]
  float eps = 0;
};
void launch_norm(const Norm& norm, const PreparedSpace& out, Stream stream);

// silu(gate) * up of [vectors][gate, up]: 2 * columns values each.
void launch_gated(const float* gate_up, const PreparedSpace& out, Stream stream);

// Values [vectors][columns] as they are.
void launch_plain(const float* values, const PreparedSpace& out, Stream stream);

}  // namespace radfm::kernels::cuda
