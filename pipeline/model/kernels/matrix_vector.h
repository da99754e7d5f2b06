// SPDX-License-Identifier: Apache-2.0
// y = W x for a few vectors x: what decoding is made of. The weights are read from memory once, whatever the number of vectors.
//
// What is computed is defined to the bit, whatever the processor, the number of threads and the number of vectors beside it,
// so that the text of a report depends on none of them:
//   f32, bf16   y[r] = a + b, where a is the chain of fused multiply-adds over the even columns in order, from 0, and b that
//               over the odd columns. Values of bf16 are widened, x stays float32.
//   int8        x is made whole numbers q of 16 bits: s = max|x| / 32512, q = x / s to the nearest (ties to even), split as
//               q = 256 h + l with h, l in [-128, 127]. H and L are the exact sums of value * h and value * l.
//               y[r] = fma(256, float(H), float(L)) * (scale[r] * s)
//   int4        the same sums for each group of 128 columns, in order: y = fma(fma(256, float(H), float(L)), scale, y), from 0;
//               in the end y * s
// Columns are those of the padded shape. An x of zeros, one so small that s would be no normal number (int8, int4), or one without
// columns gives zeros. An x that is not finite gives values that are not.
//
// Several rows' streams that lie far apart are read beside one another by each thread: one stream's prefetching does not
// fill the memory's bandwidth.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "pipeline/model/kernels/instructions.h"
#include "pipeline/model/kernels/packed_matrix.h"

namespace radfm::kernels {

// Vectors made ready to be multiplied: padded, and for int8 and int4 split into digits. Reusable; one user at a time.
class PreparedVectors {
 public:
  // x: `count` vectors of shape.columns values, `stride` floats from one to the next. Ready for every matrix of that type
  // and number of columns, to be multiplied with the same instructions.
  void prepare(const PackedShape& shape, const float* x, std::int64_t count, std::int64_t stride,
               Instructions instructions = best_instructions());
  std::int64_t count() const { return count_; }

  // For the kernels: what is in it is theirs (matrix_vector_layout.h).
  struct Layout;
  PreparedVectors();
  ~PreparedVectors();
  const Layout& layout() const { return *layout_; }

 private:
  std::int64_t count_ = 0;
  std::unique_ptr<Layout> layout_;
};

// A matrix, and where its results go: y [count][rows], `stride` floats from one vector's results to the next.
struct ProductOf {
  PackedMatrix matrix;
  float* y = nullptr;
  std::int64_t stride = 0;
};

// Several matrices times the same vectors: one start and one end of the threads' work. They run on the threads of OpenMP, as torch
// does; a call from inside a parallel region runs on the calling thread alone.
void multiply(std::span<const ProductOf> products, const PreparedVectors& x, Instructions instructions = best_instructions());
void multiply(const PackedMatrix& matrix, const PreparedVectors& x, float* y, std::int64_t stride,
              Instructions instructions = best_instructions());

}  // namespace radfm::kernels
