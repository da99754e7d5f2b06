// SPDX-License-Identifier: Apache-2.0
// The index of a sharded checkpoint: {"weight_map": {"tensor name": "model-00001-of-00003.safetensors"}}.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace radfm::model {

inline constexpr std::size_t checkpoint_shards_max = 1000;
inline constexpr std::size_t checkpoint_index_bytes_max = 2u << 20;

// Tensor to shard; a shard is a plain *.safetensors or *.bin name in the index's own folder. Error codes
// (permanent, with "checkpoint_"): bad_json, bad_shard_name, duplicate_tensor. `file_name` is for messages.
Result<std::map<std::string, std::string>> parse_weight_index(const std::string& file_name,
                                                              std::string_view json_text);

}  // namespace radfm::model
