// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/layer_norm.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "pipeline/model/checkpoint/value_conversion.h"
#include "pipeline/model/device_upload.h"
#include "pipeline/model/kernels/packing.h"
#include "pipeline/model/matrix_packing.h"
#include "pipeline/model/processor.h"
#include "pipeline/model/seed_weights.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

constexpr double norm_eps = 1e-5;

// Pages that a copy was made of. The data lies in a private mapping of a file (checkpoint.h), so that giving pages
// back loses nothing: they would be read again.
void give_back(const std::uint8_t* data, std::size_t bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto first = reinterpret_cast<std::uintptr_t>(data);
  const std::uintptr_t begin = (first + page - 1) / page * page, end = (first + bytes) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

// The tensor without a copy where the file has it aligned: torch gets an address inside the mapping and, for as long as
// it uses it, a share in the mapping. Otherwise a copy.
at::Tensor mapped(const TensorView& view, at::ScalarType type, std::size_t alignment, const Checkpoint& checkpoint) {
  const at::TensorOptions options(type);
  if (reinterpret_cast<std::uintptr_t>(view.data) % alignment == 0)  // from_blob wants a pointer to non-const; nothing writes to weights
    return at::from_blob(const_cast<std::uint8_t*>(view.data), view.shape, [checkpoint](void*) {}, options);
  const at::Tensor aligned = at::empty(view.shape, options);
  std::memcpy(aligned.data_ptr(), view.data, view.bytes);
  return aligned;
}

at::Tensor mapped(const TensorView& view, const Checkpoint& checkpoint) {
  return mapped(view, scalar_type(*view.type), bytes_of(*view.type), checkpoint);
}

// Beside packed matrices the vision part is of the type in which this processor multiplies fastest.
at::ScalarType type_of(const TensorSpec& tensor, const Placement& placement) {
  const at::ScalarType type = scalar_type(placement.type);
  const bool is_vision = tensor.name.starts_with("embedding_layer.");
  return is_vision && placement.packed && placement.device.is_cpu() && type == at::kBFloat16 ? fastest_type_of_16_bits() : type;
}

// A tensor that is not packed, in memory or in the file.
at::Tensor plain(const Checkpoint& checkpoint, const TensorSpec& tensor, const Placement& placement, DeviceUpload& upload) {
  const TensorView& view = checkpoint.at(tensor.name);
  const at::Tensor wanted = upload.to_device(mapped(view, checkpoint)).to(placement.device, type_of(tensor, placement));
  if (wanted.data_ptr() != view.data) give_back(view.data, view.bytes);
  return wanted;
}

// A matrix that the file stores packed.
PackedTensor stored_packed(const Checkpoint& checkpoint, const TensorSpec& tensor, kernels::PackedType type) {
  PackedTensor packed{packed_shape(tensor, type), {}, {}};
  packed.values = mapped(checkpoint.at(tensor.name), at::kByte, kernels::packed_alignment, checkpoint);
  packed.scales = mapped(checkpoint.at(scales_name(tensor.name)), checkpoint);
  return packed;
}

// Packs a matrix block by block; `read` is told which rows are not needed any more. permanent "checkpoint_not_finite".
Result<PackedTensor> packed_by_blocks(const TensorSpec& tensor, kernels::PackedType type, const RowReader& rows,
                                      const std::function<void(std::int64_t first, std::int64_t count)>& read) {
  PackedTensor packed = empty_packed(packed_shape(tensor, type));
  const kernels::PackedShape& shape = packed.shape;
  const std::int64_t step = tiles_at_once(shape);
  for (std::int64_t first = 0; first < shape.tiles(); first += step) {
    const std::int64_t last = std::min(first + step, shape.tiles());
    if (!pack_tiles(shape, first, last, rows, static_cast<std::uint8_t*>(packed.values.data_ptr()), packed.scales_data()))
      return not_finite(tensor.name);
    read(first * kernels::tile_rows, std::min(last * kernels::tile_rows, shape.rows) - first * kernels::tile_rows);
  }
  return packed;
}

// A matrix that the file stores row by row.
Result<PackedTensor> packed_rows(const Checkpoint& checkpoint, const TensorSpec& tensor, kernels::PackedType type) {
  const TensorView& view = checkpoint.at(tensor.name);
  const std::size_t columns = static_cast<std::size_t>(tensor.shape[1]), row_bytes = columns * bytes_of(*view.type);
  const auto at_row = [&](std::int64_t row) { return view.data + static_cast<std::size_t>(row) * row_bytes; };
  return packed_by_blocks(
      tensor, type,
      [&](std::int64_t first, std::int64_t count, float* out) {
        widen_values(at_row(first), static_cast<std::size_t>(count) * columns, *view.type, out);
      },
      [&](std::int64_t first, std::int64_t count) { give_back(at_row(first), static_cast<std::size_t>(count) * row_bytes); });
}

// A matrix that the file stores packed as another type.
Result<PackedTensor> packed_again(const PackedTensor& stored, const TensorSpec& tensor, kernels::PackedType type) {
  return packed_by_blocks(
      tensor, type,
      [&](std::int64_t first, std::int64_t count, float* out) { kernels::unpack_rows(stored.matrix(), first, count, out); },
      [](std::int64_t, std::int64_t) {});
}

std::optional<kernels::PackedType> wanted_packing(const TensorSpec& tensor, const Placement& placement) {
  if (!placement.packed) return {};
  return packed_type(tensor, placement.type);
}

PackedTensor on_device(PackedTensor packed, DeviceUpload& upload) {
  packed.values = upload.to_device(packed.values);
  if (packed.scales.defined()) packed.scales = upload.to_device(packed.scales);
  return packed;
}

}  // namespace

at::ScalarType scalar_type(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return at::kFloat;
    case WeightType::f16:
      return at::kHalf;
    case WeightType::bf16:
    case WeightType::int8:
    case WeightType::int4:
      return at::kBFloat16;
  }
  broken_invariant("a weight type without a torch type");
}

Status Weights::add_stored(const Checkpoint& checkpoint, const TensorSpec& tensor, const std::optional<WeightType>& stored,
                           const Placement& placement, DeviceUpload& upload) {
  const auto held = stored ? packed_type(tensor, *stored) : std::nullopt;
  const auto wanted = wanted_packing(tensor, placement);
  const auto keep = [&](Result<PackedTensor> packed) -> Status {
    if (!packed) return packed.error();
    packed_.emplace(tensor.name, on_device(std::move(*packed), upload));
    return {};
  };
  if (held && wanted) {
    const PackedTensor packed = stored_packed(checkpoint, tensor, *held);
    return keep(*held == *wanted ? Result<PackedTensor>(packed) : packed_again(packed, tensor, *wanted));
  }
  if (wanted) return keep(packed_rows(checkpoint, tensor, *wanted));
  if (held) {
    const at::ScalarType type = placement.type == WeightType::bf16 ? at::kBFloat16 : at::kFloat;
    const at::Tensor rows = unpack_tensor(stored_packed(checkpoint, tensor, *held), type);
    tensors_.emplace(tensor.name, rows.to(placement.device, type_));
    return {};
  }
  tensors_.emplace(tensor.name, plain(checkpoint, tensor, placement, upload));
  return {};
}

void Weights::add_drawn(const std::string& seed, const TensorSpec& tensor, const Placement& placement, DeviceUpload& upload, WeightsDigest& digest) {
  const at::Tensor drawn = at::empty(tensor.shape, at::TensorOptions(at::kFloat));
  draw_tensor(seed, tensor, drawn.data_ptr<float>());
  digest.add(tensor, drawn.const_data_ptr<float>());
  if (const auto packed = wanted_packing(tensor, placement))
    packed_.emplace(tensor.name, on_device(pack_tensor(drawn, *packed), upload));
  else
    tensors_.emplace(tensor.name, drawn.to(placement.device, type_of(tensor, placement)));
}

Result<Weights> Weights::load(const ModelFiles& files, const Placement& placement, const Progress& progress) {
  Weights weights;
  weights.type_ = scalar_type(placement.type);
  const std::int64_t bytes_of_all = weight_bytes(files.config, placement.type);
  DeviceUpload upload(placement.device);
  WeightsDigest digest;
  std::int64_t done = 0;
  for (const auto& tensor : tensors_of(files.config)) {
    if (files.from_seed()) {
      weights.add_drawn(files.config.weights_seed, tensor, placement, upload, digest);
    } else {
      for (const auto& part : stored_as(tensor, files.config.weights_type))
        digest.add(part.spec.name, files.checkpoint->at(part.spec.name));
      if (auto added = weights.add_stored(*files.checkpoint, tensor, files.config.weights_type, placement, upload); !added)
        return added.error();
    }
    for (const auto& part : stored_as(tensor, placement.type)) done += part.bytes();
    if (progress) progress(done, bytes_of_all);
  }
  weights.digest_ = digest.hex();
  if (auto same = check_digest(files.card, weights.digest_); !same) return same.error();
  return weights;
}

Weights Weights::of_checkpoint(const Checkpoint& checkpoint, const std::vector<TensorSpec>& tensors,
                               const Placement& placement) {
  Weights weights;
  weights.type_ = scalar_type(placement.type);
  DeviceUpload upload(placement.device);
  for (const auto& tensor : tensors)
    if (const auto added = weights.add_stored(checkpoint, tensor, {}, placement, upload); !added)
      broken_invariant("a test's weights are finite");
  return weights;
}

Weights Weights::of_tensors(std::unordered_map<std::string, at::Tensor> tensors,
                            std::unordered_map<std::string, PackedTensor> packed, at::ScalarType type) {
  Weights weights;
  weights.tensors_ = std::move(tensors);
  weights.packed_ = std::move(packed);
  weights.type_ = type;
  return weights;
}

const at::Tensor& Weights::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    broken_invariant("the network asks for a tensor that is not there, or packed: " + name);
  return found->second;
}

const PackedTensor& Weights::packed_tensor(const std::string& name) const {
  const auto found = packed_.find(name);
  if (found == packed_.end()) broken_invariant("the network asks for a packed matrix that is not there: " + name);
  return found->second;
}

at::Tensor layer_norm(const at::Tensor& x, const NormWeights& norm) {
  return at::layer_norm(x, norm.weight.sizes(), norm.weight, norm.bias, norm_eps);
}

}  // namespace radfm::model
