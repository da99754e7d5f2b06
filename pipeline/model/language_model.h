// SPDX-License-Identifier: Apache-2.0
// What the rest of the network asks of its language model: a prompt is read layer by layer, so that something else may be done
// between two layers, and then tokens are added, of several sequences at once. Llama (llama.h) is the reference, in libtorch
// operations on any device; PackedLlama (packed_llama.h) the fast one on the processor, GpuLlama
// (gpu_llama.h) on a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/key_value_cache.h"

namespace radfm::model {

// A sequence's last token, to be read at the position behind those in its cache.
struct NextToken {
  int id = 0;
  KeyValueCache* cache = nullptr;  // no two of one step are the same
};

// Immutable; safe from any thread, each sequence with a cache of its own. Computes without gradients.
class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  // Rows of the embedding table: ids [n] (int64, on the model's device) -> [n, hidden], in the type that prompts are read in.
  virtual at::Tensor embed(const at::Tensor& ids) const = 0;
  virtual KeyValueCache make_cache(std::int64_t capacity) const = 0;

  // Layer `layer` of a prompt, whose cache was empty when its first layer began: x [T, hidden] -> [T, hidden]. Layers come in
  // order; with the last one the cache grows by T.
  virtual at::Tensor read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const = 0;
  // What the last layer gave, of some positions [n, hidden] -> float32 [n, vocab].
  virtual at::Tensor prompt_logits(const at::Tensor& x) const = 0;

  // One token more for each sequence -> float32 [tokens, vocab]; each cache grows by one. A sequence's row is the same to the
  // bit whatever other ones are beside it.
  virtual at::Tensor step(const std::vector<NextToken>& tokens) const = 0;
};

}  // namespace radfm::model
