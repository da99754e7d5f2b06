// SPDX-License-Identifier: Apache-2.0
// The language model's weights as kernels for GPUs want them (kernels/cuda/), all in the memory of one device.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/kernels/cuda/product.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/packed_layer.h"
#include "pipeline/model/packed_tensor.h"
#include "pipeline/model/weights.h"

namespace radfm::model {

struct GpuLlamaWeights {
  // Matrices must be packed in bf16, int8 or int4 and lie on one device.
  GpuLlamaWeights(const LlamaConfig& config, const Weights& weights);
  c10::Device device() const { return embedding.device(); }

  LlamaConfig config;
  at::Tensor embedding;  // bfloat16 [vocab, hidden]
  std::vector<PackedLayer> layers;
  at::Tensor norm;      // float32 [hidden]
  PackedTensor head;    // [vocab, hidden]
  at::Tensor cos, sin;  // float32 [context, head width]
};

kernels::cuda::DeviceMatrix device_matrix(const PackedTensor& packed);

}  // namespace radfm::model
