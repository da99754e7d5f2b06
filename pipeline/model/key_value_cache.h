// SPDX-License-Identifier: Apache-2.0
// Keys and values of the positions that one sequence has read so far. Belongs to that sequence alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "pipeline/model/model_config.h"

namespace radfm::model {

class KeyValueCache {
 public:
  KeyValueCache(const LlamaConfig& config, std::int64_t capacity, const at::TensorOptions& options);
  std::int64_t length() const { return length_; }
  std::int64_t capacity() const { return capacity_; }

  // For the language models. Of one layer, [1, heads, capacity, head width], contiguous; `length` positions are filled.
  at::Tensor& keys(std::size_t layer) { return keys_[layer]; }
  at::Tensor& values(std::size_t layer) { return values_[layer]; }
  void grow(std::int64_t positions);  // every layer has written that many behind the length

 private:
  std::int64_t length_ = 0, capacity_ = 0;
  std::vector<at::Tensor> keys_, values_;
};

}  // namespace radfm::model
