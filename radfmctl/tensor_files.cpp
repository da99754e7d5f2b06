// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/tensor_files.h"

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "pipeline/model/image_input.h"
#include "pipeline/model/model_files.h"

namespace radfm::ctl {
namespace {

struct Tensor {
  std::string name, dtype;
  std::vector<std::int64_t> shape;
  std::string bytes;
};

// u64 header length, JSON header, then the data; each tensor's offsets count from the end of the header.
Status write_safetensors(const std::filesystem::path& file, const std::vector<Tensor>& tensors) {
  nlohmann::ordered_json header;
  std::uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(&length), sizeof length);
  out << text;
  for (const Tensor& tensor : tensors) out.write(tensor.bytes.data(), static_cast<std::streamsize>(tensor.bytes.size()));
  out.flush();
  if (!out) return permanent_error("cannot_write", file.string() + ": cannot be written (folder, permission, space?)");
  return {};
}

template <class T>
std::string raw(const T* data, std::size_t count) {
  return {reinterpret_cast<const char*>(data), count * sizeof(T)};
}

}  // namespace

Status write_volume_file(const std::filesystem::path& file, const imaging::StudyReading& reading) {
  std::vector<Tensor> tensors;
  const bool several = reading.volumes.size() > 1;
  for (std::size_t i = 0; i < reading.volumes.size(); ++i) {
    const imaging::VolumeDescription& volume = reading.volumes[i];
    const std::vector<float>& values = reading.pixels[i].values;
    const std::string suffix = several ? "." + std::to_string(i) : "";
    const std::size_t expected = std::size_t(volume.depth) * volume.height * volume.width;
    if (values.size() != expected) return permanent_error("no_values", "the reader gave no modality values for a volume");
    tensors.push_back({"volume" + suffix, "F32", {volume.depth, volume.height, volume.width}, raw(values.data(), values.size())});
    tensors.push_back({"affine" + suffix, "F64", {4, 4}, raw(volume.affine.data(), volume.affine.size())});
  }
  return write_safetensors(file, tensors);
}

Status write_model_input_file(const std::filesystem::path& file, const std::filesystem::path& model_directory,
                              const imaging::StudyReading& reading) {
  const Result<model::ModelFiles> files = model::open_model_files(model_directory);
  if (!files) return files.error();
  std::vector<model::SourceImage> images;
  for (std::size_t i = 0; i < reading.volumes.size(); ++i) {
    const imaging::VolumeDescription& volume = reading.volumes[i];
    images.push_back({{volume.width, volume.height, volume.depth, volume.channels}, reading.pixels[i].display.data()});
  }
  const Result<model::ModelInput> input = model::prepare_images(images, files->config);
  if (!input) return input.error();
  return write_safetensors(file, {{"image", "F32", {input->images, 3, input->height, input->width, input->depth},
                                   raw(input->values.data(), input->values.size())}});
}

}  // namespace radfm::ctl
