// SPDX-License-Identifier: Apache-2.0
// One decoding step of up to a certain number of sequences on a GPU, in memory of its own and recorded once: what changes from step to
// step (tokens, positions, where the caches lie) is copied into that memory before it is asked for again.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "pipeline/model/captured_launches.h"
#include "pipeline/model/gpu_products.h"
#include "pipeline/model/kernels/cuda/attention.h"
#include "pipeline/model/kernels/cuda/likeliest.h"
#include "pipeline/model/language_model.h"

namespace radfm::model {

// One user at a time. A sequence's results do not depend on those beside it.
class GpuStep {
 public:
  // `weights` must live as long as this. `size`: one of step_size.
  GpuStep(const GpuLlamaWeights& weights, int size);

  // At most `size` tokens; their caches get the new position (but do not grow: the caller's). Waits until it is done.
  void run(const std::vector<NextToken>& tokens);

  // Of the last run, on the device: float32 [size, vocab], and on the host.
  const at::Tensor& logits() const { return logits_; }
  const kernels::cuda::Likeliest& likeliest(std::size_t i) const;

 private:
  void tell(const std::vector<NextToken>& tokens);
  void launch(kernels::cuda::Stream stream);
  void launch_layer(std::size_t layer, kernels::cuda::Stream stream);
  template <typename Each>
  void by_groups(const Each& each);
  kernels::cuda::Norm norm(const at::Tensor& weight, bool first, int row);
  kernels::cuda::StepRow* rows(const at::Tensor& memory) const;
  kernels::cuda::CacheAddresses* addresses(const at::Tensor& memory, std::size_t layer) const;

  const GpuLlamaWeights& weights_;
  int size_ = 0;
  at::Tensor told_, host_told_;                       // bytes: rows [size], then addresses [layers][size]
  at::Tensor x_, added_, qkv_, attended_, gate_up_;   // float32 [size, ...]
  at::Tensor attention_partials_, attention_counters_;
  at::Tensor logits_, likeliest_, host_likeliest_;
  GpuProducts products_;
  std::unique_ptr<CapturedLaunches> recorded_;
};

}  // namespace radfm::model
