// SPDX-License-Identifier: Apache-2.0
// The network's tensors in memory, by their names in the authors' state dict.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "pipeline/model/model_files.h"
#include "pipeline/model/packed_tensor.h"
#include "pipeline/model/placement.h"

namespace radfm::model {

class DeviceUpload;

// Called with the tensors that a part of the network has computed ("patch", "vit.0", "perceiver.norm", "fc",
// ...), for comparison with golden values. Empty when nobody looks.
using Observe = std::function<void(const std::string& stage, const at::Tensor& value)>;

at::ScalarType scalar_type(WeightType type);  // of int8 and int4: of what is not packed

// Tensors never have two copies: one whose stored type is the computed type, on the processor, is a view of the
// mapped file (which stays mapped as long as the tensor lives); of the others one copy is made, one after the
// other, and the pages of the file that were read for it are given back.
//
// Where the placement is packed, the language model's matrices (packed_type of stored_tensors.h) are PackedTensors, in
// the same way: views of the file where it stores them so, else packed while they are read. All else are tensors.
class Weights {
 public:
  using Progress = std::function<void(std::int64_t bytes_done, std::int64_t bytes_of)>;

  // All tensors of the model, from its files or drawn from its seed, in one pass over them: the digest is computed
  // on the way and compared with the card. Whether the memory suffices was asked before (place).
  // permanent "model_digest_differs", "checkpoint_not_finite" (while packing).
  static Result<Weights> load(const ModelFiles& files, const Placement& placement, const Progress& progress);
  // Some tensors of a checkpoint that was checked for them. For tests.
  static Weights of_checkpoint(const Checkpoint& checkpoint, const std::vector<TensorSpec>& tensors,
                               const Placement& placement = {});
  // These tensors (float32 on the processor for comparison with golden values), and those that are packed.
  static Weights of_tensors(std::unordered_map<std::string, at::Tensor> tensors,
                            std::unordered_map<std::string, PackedTensor> packed = {}, at::ScalarType type = at::kFloat);

  const at::Tensor& at(const std::string& name) const;  // must be there, and not packed
  bool is_packed(const std::string& name) const { return packed_.contains(name); }
  // Must be there, and packed. The first is a view that lives as long as this object or a copy of the second.
  kernels::PackedMatrix packed(const std::string& name) const { return packed_tensor(name).matrix(); }
  const PackedTensor& packed_tensor(const std::string& name) const;
  const std::string& digest() const { return digest_; }
  at::ScalarType type() const { return type_; }  // of tensors that are not packed, and of what is computed with them

 private:
  Status add_stored(const Checkpoint& checkpoint, const TensorSpec& tensor, const std::optional<WeightType>& stored,
                    const Placement& placement, DeviceUpload& upload);
  void add_drawn(const std::string& seed, const TensorSpec& tensor, const Placement& placement, DeviceUpload& upload,
                 WeightsDigest& digest);

  std::unordered_map<std::string, at::Tensor> tensors_;
  std::unordered_map<std::string, PackedTensor> packed_;
  std::string digest_;
  at::ScalarType type_ = at::kFloat;
};

// What many parts have.
struct NormWeights {
  at::Tensor weight, bias;  // [width]
  NormWeights(const Weights& weights, const std::string& name)
      : weight(weights.at(name + ".weight")), bias(weights.at(name + ".bias")) {}
  NormWeights(at::Tensor of_weight, at::Tensor of_bias) : weight(std::move(of_weight)), bias(std::move(of_bias)) {}
};
at::Tensor layer_norm(const at::Tensor& x, const NormWeights& norm);  // over the last axis, eps 1e-5

}  // namespace radfm::model
