// SPDX-License-Identifier: Apache-2.0
// Reads one safetensors file: u64 length of the header (little endian), a JSON header
// {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, "__metadata__": {...}}, then the
// data. The file is mapped, nothing is copied. Every byte is hostile: nothing is read or allocated by a size
// that was not checked against the file. (A file that is truncated by somebody while it is mapped ends the
// process: SIGBUS.)
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace radfm::model {

inline constexpr std::uint64_t safetensors_header_bytes_max = 16u << 20;
inline constexpr std::size_t safetensors_rank_max = 8;

enum class WeightType { f32, f16, bf16 };
std::string_view to_string(WeightType type);  // "F32", "F16", "BF16"
std::size_t bytes_of(WeightType type);

// A tensor inside a mapped file; valid as long as the file object. The data may be unaligned: copy it.
struct TensorView {
  std::string dtype;               // as the file says, possibly one that is no weight ("I64")
  std::optional<WeightType> type;  // set when it can be a weight
  std::vector<std::int64_t> shape;
  const std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
};

// All tensors of one file. Error codes (all permanent): "checkpoint_truncated", "_header_too_long",
// "_bad_json",
// "_duplicate_tensor", "_wrong_dtype" (unknown), "_wrong_shape" (disagrees with the byte range),
// "_out_of_bounds",
// "_overlap", "_hole", "_trailing_bytes"; "model_file_missing".
class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::filesystem::path& file);
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

 private:
  std::shared_ptr<const void> mapping_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace radfm::model
