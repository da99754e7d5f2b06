// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/checkpoint.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "pipeline/model/checkpoint/refusal.h"
#include "pipeline/model/checkpoint/weight_index.h"
#include "pipeline/model/checkpoint/zip_directory.h"
#include "pipeline/model/file_text.h"

namespace radfm::model {
namespace {

constexpr const char* index_name = "model.safetensors.index.json";
constexpr const char* single_name = "model.safetensors";
constexpr const char* pytorch_index_name = "pytorch_model.bin.index.json";
constexpr const char* pytorch_single_name = "pytorch_model.bin";
const std::string any_weight = "F32, F16 or BF16";

std::string joined(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const auto size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

void append_list(std::string& message, const char* title, const std::vector<std::string>& entries) {
  constexpr std::size_t shown_max = 30;
  if (entries.empty()) return;
  message += std::string(" ") + title + " (" + std::to_string(entries.size()) + "):";
  for (std::size_t i = 0; i < std::min(entries.size(), shown_max); ++i)
    message += (i ? ", " : " ") + entries[i];
  if (entries.size() > shown_max) message += ", ...";
  message += ".";
}

// Modules of the published checkpoint that inference does not use.
bool is_training_module(const std::string& name) {
  for (const char* part : {"bert_model", "bert_projection_fc", "transformer_decoder", "output_upscaling",
                           "cls_head", "rotary_emb.inv_freq"})
    if (name.find(part) != std::string::npos) return true;
  return name == "embedding_layer.weight";  // the same tensor as embed_tokens
}

enum class Format { safetensors, pytorch, index };

// What a file is, by its first and last bytes; where they say nothing, the name and then PyTorch's reader,
// which says best what is wrong.
Result<Format> format_of(const std::filesystem::path& file) {
  constexpr std::size_t head_bytes = 16;
  auto source = open_byte_source(file);
  if (!source) return source.error();
  std::string head(std::min<std::uint64_t>((*source)->size(), head_bytes), '\0');
  if (auto done = (*source)->read(0, head.data(), head.size()); !done) return done.error();
  const std::string_view legacy(reinterpret_cast<const char*>(legacy_magic), sizeof legacy_magic);
  if (head.starts_with("PK\3\4") || head.starts_with(legacy)) return Format::pytorch;
  // The length that a safetensors file begins with ends in zero bytes, which no text has.
  const auto first = head.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && head[first] == '{' && head.find('\0') == std::string::npos)
    return Format::index;
  if ((head.size() > 8 && head[8] == '{') || file.extension() == ".safetensors") return Format::safetensors;
  return Format::pytorch;
}

}  // namespace

const std::map<std::string, TensorView>& Checkpoint::tensors_of(const File& file) {
  return std::visit(
      [](const auto& opened) -> const auto& { return opened.tensors(); }, file);
}

Checkpoint Checkpoint::of_file(File file) {
  Checkpoint checkpoint;
  for (const auto& [name, view] : tensors_of(file)) checkpoint.tensors_.emplace(name, Entry{view, 0});
  checkpoint.files_.push_back(std::move(file));
  return checkpoint;
}

Result<Checkpoint::File> Checkpoint::open_tensors(const std::filesystem::path& file) {
  const auto format = format_of(file);
  if (!format) return format.error();
  if (*format == Format::safetensors) {
    auto opened = SafetensorsFile::open(file);
    return opened ? Result<File>(std::move(opened).value()) : Result<File>(opened.error());
  }
  auto opened = PytorchFile::open(file);
  return opened ? Result<File>(std::move(opened).value()) : Result<File>(opened.error());
}

Result<Checkpoint> Checkpoint::open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const char* name : {index_name, single_name, pytorch_index_name, pytorch_single_name})
      if (std::filesystem::exists(path / name, error)) return open(path / name);
    return permanent_error("model_file_missing", path.string() + " holds no checkpoint: neither " +
                                                     single_name + " nor " + pytorch_single_name +
                                                     " nor an index of either");
  }
  const auto format = format_of(path);
  if (!format) return format.error();
  if (*format == Format::index) return open_index(path);
  auto file = open_tensors(path);
  if (!file) return file.error();
  return of_file(std::move(file).value());
}

Result<Checkpoint> Checkpoint::open_file(const std::filesystem::path& file) {
  auto opened = SafetensorsFile::open(file);
  if (!opened) return opened.error();
  return of_file(std::move(opened).value());
}

Result<Checkpoint> Checkpoint::open_index(const std::filesystem::path& index_file) {
  auto text = read_file_text(index_file, checkpoint_index_bytes_max);
  if (!text) return text.error();
  auto map = parse_weight_index(index_file.filename().string(), *text);
  if (!map) return map.error();
  Checkpoint checkpoint;
  std::map<std::string, std::size_t> opened;
  std::size_t held = 0;
  for (const auto& [name, shard] : *map) {
    if (!opened.contains(shard)) {
      const auto path = index_file.parent_path() / shard;
      std::error_code error;
      if (!std::filesystem::exists(path, error))
        return permanent_error("checkpoint_missing_shard",
                               "the index names " + shard + ", which is not beside it; copy it there");
      auto file = open_tensors(path);
      if (!file) return file.error();
      held += tensors_of(*file).size();
      if (held > checkpoint_tensors_max)
        return permanent_error("checkpoint_bad_json", "the shards hold more than " +
                                                          std::to_string(checkpoint_tensors_max) +
                                                          " tensors, more than any model of this kind");
      opened.emplace(shard, checkpoint.files_.size());
      checkpoint.files_.push_back(std::move(file).value());
    }
    const std::size_t place = opened.at(shard);
    const auto& tensors = tensors_of(checkpoint.files_[place]);
    const auto found = tensors.find(name);
    if (found == tensors.end())
      return permanent_error("checkpoint_missing_tensor",
                             shard + " does not hold " + printable(name) + ", which the index places there");
    checkpoint.tensors_.emplace(name, Entry{found->second, place});
  }
  return checkpoint;
}

Result<std::optional<Checkpoint>> Checkpoint::find(const std::filesystem::path& model_directory) {
  std::error_code error;
  for (const char* name : {index_name, single_name}) {
    const auto path = model_directory / name;
    if (!std::filesystem::exists(path, error)) continue;
    auto opened = name == index_name ? open_index(path) : open_file(path);
    if (!opened) return opened.error();
    for (const auto& [tensor, entry] : opened->tensors_)
      if (!entry.view.data && entry.view.bytes > 0)
        return permanent_error("model_not_converted",
                               path.string() + " names PyTorch files; convert them once: radfmctl " +
                                   "model convert " + path.string() + " --tokenizer FILE --out DIR");
    return std::optional<Checkpoint>(std::move(opened).value());
  }
  for (const char* name : {pytorch_index_name, pytorch_single_name})
    if (const auto path = model_directory / name; std::filesystem::exists(path, error))
      return permanent_error("model_not_converted",
                             path.string() + " is a checkpoint, not yet a model directory; convert it " +
                                 "once: radfmctl model convert " + path.string() +
                                 " --tokenizer FILE --out DIR");
  return std::optional<Checkpoint>();
}

Status Checkpoint::check(const std::vector<TensorSpec>& needed) const {
  std::vector<StoredTensor> stored;
  for (const auto& spec : needed) stored.push_back({spec, ""});
  return check_stored(stored);
}

Status Checkpoint::check_stored(const std::vector<StoredTensor>& needed) const {
  std::vector<std::string> missing, wrong_type, misshapen, unknown;
  std::set<std::string> needed_names;
  for (const auto& [spec, dtype] : needed) {
    needed_names.insert(spec.name);
    const auto found = tensors_.find(spec.name);
    if (found == tensors_.end())
      missing.push_back(spec.name);
    else if (dtype.empty() ? !found->second.view.type : found->second.view.dtype != dtype)
      wrong_type.push_back(spec.name + " is " + found->second.view.dtype + ", must be " + (dtype.empty() ? any_weight : dtype));
    else if (found->second.view.shape != spec.shape)
      misshapen.push_back(spec.name + " is " + joined(found->second.view.shape) + ", must be " +
                          joined(spec.shape));
  }
  if (missing.empty() && wrong_type.empty() && misshapen.empty()) return check_layouts(needed);
  for (const auto& [name, entry] : tensors_)
    if (!needed_names.contains(name) && !is_training_module(name)) unknown.push_back(printable(name));
  std::string message = "the weights do not fit config.json.";
  append_list(message, "Missing", missing);
  append_list(message, "Wrong type", wrong_type);
  append_list(message, "Wrong shape", misshapen);
  append_list(message, "Not needed", unknown);
  const char* code = !missing.empty()      ? "checkpoint_missing_tensor"
                     : !wrong_type.empty() ? "checkpoint_wrong_dtype"
                                           : "checkpoint_wrong_shape";
  return permanent_error(code, message);
}

Status Checkpoint::check_layouts(const std::vector<StoredTensor>& needed) const {
  for (const auto& [spec, dtype] : needed) {
    if (dtype != packed_dtype) continue;
    const auto* file = std::get_if<SafetensorsFile>(&files_[tensors_.at(spec.name).file]);
    if (file && file->packed_layout() == packed_layout_version) continue;
    return permanent_error("checkpoint_wrong_layout",
                           "the quantised weights are of another layout (" + printable(file ? file->packed_layout() : "") +
                               ") than this version reads (" + std::string(packed_layout_version) +
                               "); convert the checkpoint that they were made of again: radfmctl model convert");
  }
  return {};
}

const TensorView& Checkpoint::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) broken_invariant("a tensor was asked for that the checkpoint does not hold");
  return found->second.view;
}

bool Checkpoint::is_packed() const {
  return std::any_of(files_.begin(), files_.end(), [](const File& file) {
    const auto* safetensors = std::get_if<SafetensorsFile>(&file);
    return safetensors && !safetensors->packed_layout().empty();
  });
}

std::vector<std::string> Checkpoint::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : tensors_) names.push_back(name);
  return names;
}

Status Checkpoint::read_chunks(const std::string& name, const ChunkSink& sink) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) broken_invariant("a tensor was asked for that the checkpoint does not hold");
  return std::visit([&](const auto& file) { return file.read_chunks(name, sink); },
                    files_[found->second.file]);
}

Result<std::vector<std::uint8_t>> Checkpoint::read(const std::string& name) const {
  std::vector<std::uint8_t> values;
  values.reserve(at(name).bytes);  // a size that was checked against the file
  const auto keep = [&](const std::uint8_t* data, std::size_t bytes) {
    values.insert(values.end(), data, data + bytes);
    return Status();
  };
  if (auto done = read_chunks(name, keep); !done) return done.error();
  return values;
}

}  // namespace radfm::model
