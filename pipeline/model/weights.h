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

namespace radfm::model {

// Called with the tensors that a part of the network has computed ("patch", "vit.0", "perceiver.norm", "fc",
// ...), for comparison with golden values. Empty when nobody looks.
using Observe = std::function<void(const std::string& stage, const at::Tensor& value)>;

// Where and how the network computes. The processor always computes in float32, whatever the weights are
// stored in: that is the specification. A GPU computes in the type of the stored weights.
struct Placement {
  at::Device device = at::kCPU;
  bool stored_type = false;  // keep F16/BF16 weights as they are
};

class Weights {
 public:
  using Progress = std::function<void(std::int64_t bytes_done, std::int64_t bytes_of)>;

  // All tensors of the model, from its files or drawn from its seed; the digest is computed on the way and
  // compared with the card. Errors: transient "not_enough_memory", permanent "model_digest_differs".
  static Result<Weights> load(const ModelFiles& files, const Placement& placement, const Progress& progress);
  // Some tensors of a checkpoint that was checked for them. For tests.
  static Weights of_checkpoint(const Checkpoint& checkpoint, const std::vector<TensorSpec>& tensors);
  // These tensors, float32 on the processor. For comparison with golden values.
  static Weights of_tensors(std::unordered_map<std::string, at::Tensor> tensors);

  const at::Tensor& at(const std::string& name) const;  // must be there
  const std::string& digest() const { return digest_; }
  at::ScalarType type() const { return type_; }  // of matrices, and of what is computed

 private:
  std::unordered_map<std::string, at::Tensor> tensors_;
  std::string digest_;
  at::ScalarType type_ = at::kFloat;
};

// What many parts have.
struct NormWeights {
  at::Tensor weight, bias;  // [width]
  NormWeights(const Weights& weights, const std::string& name)
      : weight(weights.at(name + ".weight")), bias(weights.at(name + ".bias")) {}
};
at::Tensor layer_norm(const at::Tensor& x, const NormWeights& norm);  // over the last axis, eps 1e-5

}  // namespace radfm::model
