// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/weights.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/layer_norm.h>

#include <cstring>
#include <fstream>

#include "pipeline/model/seed_weights.h"

namespace radfm::model {
namespace {

constexpr double norm_eps = 1e-5;

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

// A copy: data in a mapped file may be unaligned.
at::Tensor copied(const void* data, const TensorSpec& tensor, WeightType type) {
  at::Tensor result = at::empty(tensor.shape, at::TensorOptions(scalar_type(type)));
  std::memcpy(result.data_ptr(), data, static_cast<std::size_t>(tensor.values()) * bytes_of(type));
  return result;
}

// MemAvailable of /proc/meminfo; a machine that does not say is trusted.
std::int64_t available_memory_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string word; file >> word;) {
    std::int64_t kib = 0;
    if (word == "MemAvailable:" && file >> kib) return kib * 1024;
  }
  return INT64_MAX;
}

std::string gib(std::int64_t bytes) {
  return std::to_string((bytes + (1 << 30) - 1) >> 30) + " GiB";
}

// One type for the whole model; a mixture is computed in float32.
WeightType common_type(const ModelFiles& files, const std::vector<TensorSpec>& tensors) {
  if (files.from_seed()) return WeightType::f32;
  const WeightType first = *files.checkpoint->at(tensors.front().name).type;
  for (const auto& tensor : tensors)
    if (*files.checkpoint->at(tensor.name).type != first) return WeightType::f32;
  return first;
}

}  // namespace

Result<Weights> Weights::load(const ModelFiles& files, const Placement& placement, const Progress& progress) {
  const auto tensors = tensors_of(files.config);
  const WeightType stored = common_type(files, tensors);
  Weights weights;
  weights.type_ = placement.stored_type ? scalar_type(stored) : at::kFloat;
  const std::int64_t bytes_of_all =
      parameters_of(files.config) * static_cast<std::int64_t>(c10::elementSize(weights.type_));
  if (placement.device.is_cpu() && bytes_of_all > available_memory_bytes())
    return transient_error("not_enough_memory", "the model's weights need " + gib(bytes_of_all) +
                                                    " of memory, " + gib(available_memory_bytes()) +
                                                    " are available");
  WeightsDigest digest;
  std::int64_t done = 0;
  for (const auto& tensor : tensors) {
    std::vector<float> drawn;
    const void* data = nullptr;
    WeightType type = WeightType::f32;
    if (files.from_seed()) {
      drawn = draw_tensor(files.config.weights_seed, tensor);
      data = drawn.data();
    } else {
      const TensorView& view = files.checkpoint->at(tensor.name);
      type = *view.type;
      data = view.data;
    }
    digest.add(tensor, type, data);
    weights.tensors_.emplace(tensor.name, copied(data, tensor, type).to(placement.device, weights.type_));
    done += tensor.values() * static_cast<std::int64_t>(c10::elementSize(weights.type_));
    if (progress) progress(done, bytes_of_all);
  }
  weights.digest_ = digest.hex();
  if (auto same = check_digest(files.card, weights.digest_); !same) return same.error();
  return weights;
}

Weights Weights::of_checkpoint(const Checkpoint& checkpoint, const std::vector<TensorSpec>& tensors) {
  Weights weights;
  for (const auto& tensor : tensors) {
    const TensorView& view = checkpoint.at(tensor.name);
    weights.tensors_.emplace(tensor.name, copied(view.data, tensor, *view.type).to(at::kFloat));
  }
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
