// SPDX-License-Identifier: Apache-2.0
// Products of a few vectors with packed matrices on a GPU, and the memory that they take.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <initializer_list>

#include "pipeline/model/gpu_llama_weights.h"
#include "pipeline/model/kernels/cuda/prepare.h"
#include "pipeline/model/kernels/cuda/product.h"

namespace radfm::model {

// One user at a time, on one stream.
class GpuProducts {
 public:
  // Memory for `vectors` vectors (at most vectors_max) and every matrix of these weights.
  GpuProducts(const GpuLlamaWeights& weights, int vectors);

  // Asks `prepare` to fill the space with vectors for these matrices, which are of one type and one number of columns, and multiplies:
  // y [vectors][rows of all].
  using Prepare = std::function<void(const kernels::cuda::PreparedSpace&)>;
  void multiply(std::initializer_list<const PackedTensor*> matrices, const Prepare& prepare, int vectors, float* y,
                kernels::cuda::Stream stream);

 private:
  void hold(std::initializer_list<const PackedTensor*> matrices, int vectors);

  std::int64_t words_bytes_ = 0, partials_bytes_ = 0, counters_count_ = 0;
  at::Tensor words_, steps_, partials_, counters_;
};

}  // namespace radfm::model
