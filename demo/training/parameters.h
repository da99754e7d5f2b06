// SPDX-License-Identifier: Apache-2.0
// What is learned: the tensors of the model by their published names, and those of heads that exist in training only.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "demo/training/schedule.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/weights.h"

namespace radfm::training {

struct Parameter {
  model::TensorSpec spec;  // of heads: "heads. ..."
  Part part = Part::vision;
  bool decays = false;  // matrices do; norms, biases, tables and embeddings do not
  at::Tensor value;     // float32
};

inline constexpr int pair_head_width = 64;

// Shapes as they are trained. With one channel the patch embedding has a third of its inputs (parameters.cpp).
std::vector<Parameter> parameters_of(const model::ModelConfig& config, const LabelKinds& kinds, int channels);

// Values for each, from the seed and the parameter's name alone: the same on every machine. Matrices are uniform with
// standard deviation 1 / sqrt(inputs), those that write into a residual stream smaller by sqrt(2 * layers).
void draw_values(std::vector<Parameter>& parameters, const model::ModelConfig& config, const std::string& seed,
                 const c10::Device& device);

// Leaves that share the parameters' memory, so that each worker collects gradients of its own.
std::vector<at::Tensor> leaves_of(const std::vector<Parameter>& parameters);
model::Weights weights_of(const std::vector<Parameter>& parameters, const std::vector<at::Tensor>& leaves);

// The model's tensors in their published shapes, in the order of tensors_of, as float32: a patch embedding of one channel
// becomes one of three equal channels that computes the same.
struct PublishedTensor {
  model::TensorSpec spec;
  at::Tensor value;  // contiguous, on the processor
};
std::vector<PublishedTensor> published_tensors(const std::vector<Parameter>& parameters,
                                               const model::ModelConfig& config, int channels);

// The inverse: values of a model that was published, for all parameters but the heads. With one channel its patch embedding
// must be one of three equal channels: permanent "training_needs_colour".
Status adopt_values(std::vector<Parameter>& parameters, const model::Weights& published, int channels);

}  // namespace radfm::training
