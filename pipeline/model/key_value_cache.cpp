// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/key_value_cache.h"

#include <ATen/ops/empty.h>

#include "core/result.h"

namespace radfm::model {

KeyValueCache::KeyValueCache(const LlamaConfig& config, std::int64_t capacity, const at::TensorOptions& options)
    : capacity_(capacity) {
  for (int i = 0; i < config.layers; ++i) {
    keys_.push_back(at::empty({1, config.heads, capacity, config.head_width()}, options));
    values_.push_back(at::empty({1, config.heads, capacity, config.head_width()}, options));
  }
}

void KeyValueCache::grow(std::int64_t positions) {
  if (length_ + positions > capacity_) broken_invariant("more positions than a cache holds");
  length_ += positions;
}

}  // namespace radfm::model
