// SPDX-License-Identifier: Apache-2.0
// Where each tensor of a converted model will lie: safetensors files of bounded size, headers included. Data
// begin at a multiple of 64 bytes in each file, and so does each tensor whose size lets the next one: packed matrices
// always.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/model/stored_tensors.h"

namespace radfm::model {

inline constexpr std::uint64_t shard_bytes_max = 4ull << 30;  // of tensors; a larger tensor has a file alone
inline constexpr std::size_t tensor_alignment_bytes = 64;

struct PlannedTensor {
  StoredTensor tensor;
  std::size_t shard = 0;
  std::uint64_t offset = 0;  // in the shard's file
  std::uint64_t bytes = 0;
};

struct PlannedShard {
  std::string file_name;  // model.safetensors, or model-00001-of-00007.safetensors
  std::string head;       // length and header: what the file begins with
  std::uint64_t bytes = 0;
};

struct ShardPlan {
  std::vector<PlannedShard> shards;
  std::vector<PlannedTensor> tensors;  // in the order given, each as stored_as says
  std::string index;                   // model.safetensors.index.json; empty for one file
  std::uint64_t tensor_bytes = 0, file_bytes = 0;
};

ShardPlan plan_shards(const std::vector<TensorSpec>& tensors, WeightType type,
                      std::uint64_t bytes_max = shard_bytes_max);

}  // namespace radfm::model
