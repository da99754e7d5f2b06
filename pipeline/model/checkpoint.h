// SPDX-License-Identifier: Apache-2.0
// The weights of a model, in one file or in the shards that an index names
// ({"weight_map": {"tensor name": "model-00001-of-00003.safetensors"}}): safetensors, or the authors' state
// dict in PyTorch's zip format. A model directory holds safetensors; PyTorch files are for conversion and
// comparison.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "pipeline/model/checkpoint/pytorch_file.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/safetensors.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {

inline constexpr std::size_t checkpoint_tensors_max = 20'000;  // of all shards together

// Holds its files open (and safetensors mapped), no value in memory. Copies share them. Safe to read from any
// thread.
class Checkpoint {
 public:
  // Whatever `path` is, told by its content: a PyTorch zip file, a safetensors file, an index of either, or a
  // folder that holds one of the four under its usual name. Errors (permanent): those of SafetensorsFile and
  // PytorchFile, and "checkpoint_missing_shard", "checkpoint_bad_shard_name" (a name that could leave the
  // folder), "checkpoint_missing_tensor", "checkpoint_duplicate_tensor", "checkpoint_bad_json" (the index).
  static Result<Checkpoint> open(const std::filesystem::path& path);

  // A model directory's weights: model.safetensors.index.json if it is there, else model.safetensors, else
  // nothing (a model whose weights come from a seed). A directory with pytorch_model.bin instead:
  // "model_not_converted". Every tensor is mapped.
  static Result<std::optional<Checkpoint>> find(const std::filesystem::path& model_directory);
  static Result<Checkpoint> open_file(const std::filesystem::path& file);  // safetensors
  static Result<Checkpoint> open_index(const std::filesystem::path& index_file);

  // Every needed tensor is there with its shape and a weight's type, or one message lists all that is missing
  // or wrong
  // ("checkpoint_missing_tensor", "checkpoint_wrong_dtype", "checkpoint_wrong_shape"). Tensors that are not
  // needed are no mistake by themselves (the authors' checkpoint has many); beside a mistake the message
  // names the unknown ones.
  Status check(const std::vector<TensorSpec>& needed) const;
  // The same of a model directory, whose matrices may be packed (stored_tensors_of): then each file that holds some must
  // be of the layout that this program reads, else permanent "checkpoint_wrong_layout".
  Status check_stored(const std::vector<StoredTensor>& needed) const;

  bool holds(const std::string& name) const { return tensors_.contains(name); }
  // Must be there. Its `data` is null in a PyTorch file: then read() or read_chunks().
  const TensorView& at(const std::string& name) const;
  std::vector<std::string> names() const;
  // Whether it says that its matrices are packed: such a checkpoint is no source for a conversion.
  bool is_packed() const;

  // The values of a tensor that must be there, in C order, little endian, of type at(name).type: a chunk at a
  // time, or all at once. Works for each format and maps nothing. What a sink got counts only after success
  // (a damaged record may be known only at its end). Errors: those of PytorchFile::read_chunks.
  Status read_chunks(const std::string& name, const ChunkSink& sink) const;
  Result<std::vector<std::uint8_t>> read(const std::string& name) const;

 private:
  using File = std::variant<SafetensorsFile, PytorchFile>;
  struct Entry {
    TensorView view;
    std::size_t file = 0;  // index in files_
  };
  static const std::map<std::string, TensorView>& tensors_of(const File& file);
  static Checkpoint of_file(File file);
  static Result<File> open_tensors(const std::filesystem::path& file);
  Status check_layouts(const std::vector<StoredTensor>& needed) const;

  std::vector<File> files_;
  std::map<std::string, Entry> tensors_;
};

}  // namespace radfm::model
