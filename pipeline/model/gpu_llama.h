// SPDX-License-Identifier: Apache-2.0
// The language model on a GPU over packed matrices: what PackedLlama is on the processor. Products, norms and attention of a step are
// kernels of our own (kernels/cuda/), recorded once for each number of sequences (gpu_step.h); a prompt's matrices are unpacked one
// after the other and multiplied by libtorch. What runs through the layers is float32, the cache bfloat16.
#pragma once

#include <memory>
#include <mutex>

#include "pipeline/model/gpu_llama_weights.h"
#include "pipeline/model/language_model.h"

namespace radfm::model {

class GpuProducts;
class GpuStep;

// Safe from any thread; steps come one after the other.
class GpuLlama : public LanguageModel {
 public:
  GpuLlama(const LlamaConfig& config, const Weights& weights);
  ~GpuLlama() override;

  at::Tensor embed(const at::Tensor& ids) const override;  // float32
  KeyValueCache make_cache(std::int64_t capacity) const override;
  at::Tensor read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const override;
  at::Tensor prompt_logits(const at::Tensor& x) const override;
  at::Tensor step(const std::vector<NextToken>& tokens) const override;  // [tokens, vocab] on the host

 private:
  at::Tensor head_logits(const at::Tensor& x) const;  // of at most vectors_max rows, on the device
  at::Tensor product(const at::Tensor& x, const PackedTensor& matrix) const;
  at::Tensor prompt_attention(const at::Tensor& x, const PackedLayer& layer, at::Tensor& keys, at::Tensor& values) const;
  GpuStep& step_of(int size) const;  // made when it is first asked for

  GpuLlamaWeights weights_;
  mutable std::mutex stepping_;
  mutable std::unique_ptr<GpuStep> steps_[7];  // of 1, 2, 4, ... 64 sequences
  mutable std::unique_ptr<GpuProducts> head_products_;
};

}  // namespace radfm::model
