// SPDX-License-Identifier: Apache-2.0
// A state dict in PyTorch's zip format (torch 1.6 and later): "<root>/data.pkl" names the tensors,
// "<root>/data/<key>" hold their storages. The pickle is never executed (state_dict.h).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "core/result.h"
#include "pipeline/model/checkpoint/byte_source.h"
#include "pipeline/model/checkpoint/tensor_view.h"

namespace radfm::model {

// Holds the file open, no value of it in memory. Copies share it. Safe to read from any thread.
class PytorchFile {
 public:
  // Reads and checks everything but the values. Error codes (permanent, with "checkpoint_"): those of
  // read_zip_directory and unpickle_state_dict; missing_record, short_record, bad_crc, byte_order, and for a
  // tensor's place out_of_bounds, wrong_shape. "model_file_missing".
  static Result<PytorchFile> open(const std::filesystem::path& file);
  static Result<PytorchFile> open(std::shared_ptr<const ByteSource> source);

  const std::map<std::string, TensorView>& tensors() const;

  // The values of a tensor that is there. The CRC of its record is compared; when the tensor is the whole
  // record that is known only at the end, so what the sink got counts only after success. Memory: one
  // chunk; for a tensor that is stored in another order of its axes, the tensor. Errors: bad_crc;
  // non_contiguous (its elements lie apart or share places); transient "checkpoint_unreadable".
  Status read_chunks(const std::string& name, const ChunkSink& sink) const;

 private:
  struct State;
  explicit PytorchFile(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

}  // namespace radfm::model
