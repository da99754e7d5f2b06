// SPDX-License-Identifier: Apache-2.0
// y = W x on a GPU for up to 16 vectors, at the speed of its memory: each weight is read once a launch. Sums are taken in an order
// that depends on the matrix alone: the same result each time, and for a vector the same whatever is beside it.
// int8 is the processor's result (matrix_vector.h) to the bit; int4 and bf16 differ from it by the rounding of their sums.
#pragma once

#include <cstdint>

#include "pipeline/model/kernels/cuda/product_plan.h"
#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::kernels::cuda {

inline constexpr int matrices_max = 3;  // that one launch multiplies with the same vectors

// Values and scales in the memory of the device, as PackedMatrix has them.
struct DeviceMatrix {
  const std::uint8_t* values = nullptr;
  const void* scales = nullptr;
  std::int64_t rows = 0;
};

// Vectors made ready by prepare.h for matrices of this type and number of columns.
struct PreparedOnDevice {
  const std::uint32_t* words = nullptr;  // prepared_bytes
  const float* steps = nullptr;          // [vectors]: s of int8 and int4
};

// Memory that launches on one stream share.
struct ProductSpace {
  void* partials = nullptr;     // partial_bytes of the largest launch
  unsigned* counters = nullptr;  // row_blocks of the largest launch; zeros, and zeros again behind each launch
};

struct Product {
  PackedType type = PackedType::bf16;  // bf16, int8 or int4
  std::int64_t columns = 0;
  int count = 0;  // matrices; their results stand behind one another
  DeviceMatrix matrices[matrices_max];
  PreparedOnDevice x;
  int vectors = 0;
  float* y = nullptr;  // [vectors][stride], at least as many as all rows
  std::int64_t stride = 0;
  ProductSpace space;

  std::int64_t row_blocks() const;
  int splits() const { return splits_of(type, row_blocks(), columns); }
};
void launch_product(const Product& product, Stream stream);

}  // namespace radfm::kernels::cuda
