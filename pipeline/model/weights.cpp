// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/layer_norm.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "pipeline/model/seed_weights.h"

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

// The tensor without a copy: torch gets an address inside the mapping and, for as long as it uses it, a share in
// the mapping.
at::Tensor view_of(const TensorView& view, const TensorSpec& tensor, const Checkpoint& checkpoint) {
  // from_blob wants a pointer to non-const; nothing writes to weights.
  return at::from_blob(const_cast<std::uint8_t*>(view.data), tensor.shape, [checkpoint](void*) {},
                       at::TensorOptions(scalar_type(*view.type)));
}

bool is_aligned(const TensorView& view) {
  return reinterpret_cast<std::uintptr_t>(view.data) % bytes_of(*view.type) == 0;
}

at::Tensor loaded(const Checkpoint& checkpoint, const TensorSpec& tensor, const Placement& placement) {
  const TensorView& view = checkpoint.at(tensor.name);
  if (placement.device.is_cpu() && placement.type == *view.type && is_aligned(view))
    return view_of(view, tensor, checkpoint);
  at::Tensor copy;
  if (is_aligned(view)) {
    copy = view_of(view, tensor, checkpoint).to(placement.device, scalar_type(placement.type));
  } else {
    const at::Tensor aligned = at::empty(tensor.shape, at::TensorOptions(scalar_type(*view.type)));
    std::memcpy(aligned.data_ptr(), view.data, view.bytes);
    copy = aligned.to(placement.device, scalar_type(placement.type));
  }
  give_back(view.data, view.bytes);
  return copy;
}

}  // namespace

at::ScalarType scalar_type(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return at::kFloat;
    case WeightType::f16:
      return at::kHalf;
    case WeightType::bf16:
      return at::kBFloat16;
  }
  broken_invariant("a weight type without a torch type");
}

Result<Weights> Weights::load(const ModelFiles& files, const Placement& placement, const Progress& progress) {
  Weights weights;
  weights.type_ = scalar_type(placement.type);
  const auto element = static_cast<std::int64_t>(bytes_of(placement.type));
  const std::int64_t bytes_of_all = parameters_of(files.config) * element;
  WeightsDigest digest;
  std::int64_t done = 0;
  for (const auto& tensor : tensors_of(files.config)) {
    if (files.from_seed()) {
      const at::Tensor drawn = at::empty(tensor.shape, at::TensorOptions(at::kFloat));
      draw_tensor(files.config.weights_seed, tensor, drawn.data_ptr<float>());
      digest.add(tensor, WeightType::f32, drawn.data_ptr());
      weights.tensors_.emplace(tensor.name, drawn.to(placement.device, weights.type_));
    } else {
      const TensorView& view = files.checkpoint->at(tensor.name);
      digest.add(tensor, *view.type, view.data);
      weights.tensors_.emplace(tensor.name, loaded(*files.checkpoint, tensor, placement));
    }
    done += tensor.values() * element;
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
  for (const auto& tensor : tensors)
    weights.tensors_.emplace(tensor.name, loaded(checkpoint, tensor, placement));
  return weights;
}

Weights Weights::of_tensors(std::unordered_map<std::string, at::Tensor> tensors) {
  Weights weights;
  weights.tensors_ = std::move(tensors);
  return weights;
}

const at::Tensor& Weights::at(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    broken_invariant("the network asks for a tensor that tensors_of does not list: " + name);
  return found->second;
}

at::Tensor layer_norm(const at::Tensor& x, const NormWeights& norm) {
  return at::layer_norm(x, norm.weight.sizes(), norm.weight, norm.bias, norm_eps);
}

}  // namespace radfm::model
