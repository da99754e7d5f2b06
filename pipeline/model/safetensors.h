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
#include "pipeline/model/checkpoint/byte_source.h"
#include "pipeline/model/checkpoint/safetensors_header.h"
#include "pipeline/model/checkpoint/tensor_view.h"

namespace radfm::model {

// All tensors of one file. Error codes (all permanent): "checkpoint_truncated", "_header_too_long",
// "_bad_json",
// "_duplicate_tensor", "_wrong_dtype" (unknown), "_wrong_shape" (disagrees with the byte range),
// "_out_of_bounds",
// "_overlap", "_hole", "_trailing_bytes"; "model_file_missing".
class SafetensorsFile {
 public:
  static Result<SafetensorsFile> open(const std::filesystem::path& file);
  // Views are valid as long as the file object. Their data may be unaligned: copy it.
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }
  // What its metadata says of packed matrices (stored_tensors.h); empty: nothing.
  const std::string& packed_layout() const { return packed_layout_; }

  // The values of a tensor that is there, read and not mapped. transient "checkpoint_unreadable".
  Status read_chunks(const std::string& name, const ChunkSink& sink) const;

 private:
  std::shared_ptr<const ByteSource> source_;
  std::shared_ptr<const std::uint8_t> mapping_;
  std::map<std::string, TensorView> tensors_;
  std::string packed_layout_;
};

}  // namespace radfm::model
