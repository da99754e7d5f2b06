// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/shard_plan.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "pipeline/model/checkpoint/safetensors_header.h"

namespace radfm::model {
namespace {

std::string shard_name(std::size_t index, std::size_t count) {
  if (count == 1) return "model.safetensors";
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", index + 1, count);
  return name;
}

// The largest power of two up to the alignment that divides a size.
std::uint64_t alignment_of(std::uint64_t bytes) {
  std::uint64_t power = tensor_alignment_bytes;
  while (bytes % power != 0) power /= 2;
  return power;
}

// The format has no holes between tensors, so the order makes them aligned: those first whose size keeps the
// next one aligned.
void place(std::vector<PlannedTensor*> members, PlannedShard& shard, WeightType type) {
  std::stable_sort(members.begin(), members.end(), [](const auto* a, const auto* b) {
    return alignment_of(a->bytes) > alignment_of(b->bytes);
  });
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};
  if (is_quantised(type)) header["__metadata__"][std::string(packed_layout_key)] = packed_layout_version;
  std::uint64_t at = 0;
  for (PlannedTensor* member : members) {
    header[member->tensor.spec.name] = {{"dtype", member->tensor.dtype},
                                        {"shape", member->tensor.spec.shape},
                                        {"data_offsets", {at, at + member->bytes}}};
    member->offset = at;
    at += member->bytes;
  }
  std::string text = header.dump();
  constexpr std::size_t length_bytes = 8;
  text.append((tensor_alignment_bytes - (length_bytes + text.size()) % tensor_alignment_bytes) %
                  tensor_alignment_bytes,
              ' ');
  for (std::size_t i = 0; i < length_bytes; ++i)
    shard.head += static_cast<char>(text.size() >> (8 * i) & 0xff);
  shard.head += text;
  for (PlannedTensor* member : members) member->offset += shard.head.size();
  shard.bytes = shard.head.size() + at;
}

}  // namespace

ShardPlan plan_shards(const std::vector<TensorSpec>& tensors, WeightType type, std::uint64_t bytes_max) {
  ShardPlan plan;
  std::size_t shard = 0;
  std::uint64_t filled = 0;
  for (const auto& tensor : tensors) {
    for (auto& part : stored_as(tensor, type)) {
      const auto bytes = static_cast<std::uint64_t>(part.bytes());
      if (filled > 0 && filled + bytes > bytes_max) {
        ++shard;
        filled = 0;
      }
      plan.tensors.push_back({std::move(part), shard, 0, bytes});
      filled += bytes;
      plan.tensor_bytes += bytes;
    }
  }
  plan.shards.resize(shard + 1);
  std::vector<std::vector<PlannedTensor*>> members(shard + 1);
  for (auto& tensor : plan.tensors) members[tensor.shard].push_back(&tensor);
  for (std::size_t i = 0; i < plan.shards.size(); ++i) {
    plan.shards[i].file_name = shard_name(i, plan.shards.size());
    place(std::move(members[i]), plan.shards[i], type);
    plan.file_bytes += plan.shards[i].bytes;
  }
  if (plan.shards.size() > 1) {
    nlohmann::ordered_json index;
    index["metadata"] = {{"total_size", plan.tensor_bytes}};
    for (const auto& tensor : plan.tensors)
      index["weight_map"][tensor.tensor.spec.name] = plan.shards[tensor.shard].file_name;
    plan.index = index.dump(1) + "\n";
    plan.file_bytes += plan.index.size();
  }
  return plan;
}

}  // namespace radfm::model
