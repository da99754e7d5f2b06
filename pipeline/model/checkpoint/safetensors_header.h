// SPDX-License-Identifier: Apache-2.0
// The JSON header of a safetensors file, read in one pass without building a document of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"
#include "pipeline/model/checkpoint/tensor_view.h"

namespace radfm::model {

inline constexpr std::uint64_t safetensors_header_bytes_max = 4u << 20;
inline constexpr std::size_t safetensors_tensors_max = 20'000;
inline constexpr std::size_t safetensors_rank_max = 8;

// A tensor and where its bytes begin, counted from the end of the header; `view.data` is null.
struct SafetensorsEntry {
  TensorView view;
  std::uint64_t begin = 0;
};

inline constexpr std::string_view packed_layout_key = "radfm.packed";

struct SafetensorsHeader {
  std::map<std::string, SafetensorsEntry> entries;
  std::string packed_layout;  // of the metadata, under packed_layout_key; at most 32 bytes of it
};

// Checked against `data_bytes`, the bytes behind the header: the tensors cover them exactly. Error codes
// (permanent, with "checkpoint_"): bad_json, duplicate_tensor, wrong_dtype (unknown), wrong_shape (disagrees
// with the byte range), out_of_bounds, truncated, overlap, hole, trailing_bytes. `file_name` is for messages.
Result<SafetensorsHeader> parse_safetensors_header(const std::string& file_name, std::string_view header,
                                                   std::uint64_t data_bytes);

}  // namespace radfm::model
