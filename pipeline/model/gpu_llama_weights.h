// SPDX-License-Identifier: Apache-2.0
// The language model's weights as kernels for GPUs want them (kernels/cuda/), all in the memory of one device.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/kernels/cuda/product.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/packed_tensor.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

struct GpuLlamaWeights {
  struct Layer {
    at::Tensor attention_norm, mlp_norm;  // float32 [hidden]
    PackedTensor q, k, v, o;              // [hidden, hidden]
    PackedTensor gate, up, down;          // [mlp, hidden], [mlp, hidden], [hidden, mlp]
    Layer(const Weights& weights, const std::string& name);
  };

  // Matrices must be packed in bf16, int8 or int4 and lie on one device; of a layer, those that multiply the same vectors have one
  // type.
  GpuLlamaWeights(const LlamaConfig& config, const Weights& weights);
  c10::Device device() const { return embedding.device(); }

  LlamaConfig config;
  at::Tensor embedding;  // bfloat16 [vocab, hidden]
  std::vector<Layer> layers;
  at::Tensor norm;      // float32 [hidden]
  PackedTensor head;    // [vocab, hidden]
  at::Tensor cos, sin;  // float32 [context, head width]
};

kernels::cuda::DeviceMatrix device_matrix(const PackedTensor& packed);

}  // namespace radfm::model
