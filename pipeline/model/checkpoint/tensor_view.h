// SPDX-License-Identifier: Apache-2.0
// A tensor of a checkpoint as its file describes it, and how its values are taken out without holding it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint/element_type.h"

namespace radfm::model {

struct TensorView {
  std::string dtype;               // as safetensors names it, possibly one that is no weight ("I64")
  std::optional<WeightType> type;  // set when it can be a weight
  std::vector<std::int64_t> shape;
  const std::uint8_t* data = nullptr;  // inside a mapped safetensors file; null in a PyTorch file
  std::size_t bytes = 0;
};

inline constexpr std::size_t chunk_bytes_max = 4u << 20;

// Gets a tensor's bytes in C order, little endian, at most chunk_bytes_max at a time, whole elements each
// time. An error that it returns ends the reading and is passed on.
using ChunkSink = std::function<Status(const std::uint8_t* data, std::size_t bytes)>;

}  // namespace radfm::model
