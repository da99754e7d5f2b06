// SPDX-License-Identifier: Apache-2.0
// What the kinds that run the network have in common. Torch stays in the .cpp files that need it.
#pragma once

#include <map>
#include <memory>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/radfm.h"

namespace radfm::model::check {

inline constexpr std::int64_t check_parameters_max = 1'000'000'000;  // 4 GB of float32

// Name and values of each stage that a part of the network told, image after image in C order.
class Stages {
 public:
  Observe observer();  // must not outlive this object
  void tell(const std::function<void(const std::string&)>& progress) { progress_ = progress; }
  bool holds(const std::string& stage) const { return values_.contains(stage); }
  const std::vector<float>& at(const std::string& stage) const { return values_.at(stage); }
  std::size_t size() const { return values_.size(); }

 private:
  std::map<std::string, std::vector<float>> values_;
  std::function<void(const std::string&)> progress_;
};

std::vector<float> floats_of(const at::Tensor& tensor);

// The sizes of a vision case ("vision", "perceiver", "embedding_dim"), with a language model of no layer
// behind them. A mistake, and nothing, when they are no network or one of more than check_parameters_max.
std::optional<ModelConfig> vision_config(const Fields& config);

// One weight's value for each tensor of `specs`.
using WeightSource = std::function<at::Tensor(const TensorSpec&)>;
WeightSource drawn_weights();  // by formula, no seed
// Of a checkpoint that was checked for them, in float32. Refers to both; what cannot be read is a mistake,
// and zeros.
WeightSource stored_weights(const Checkpoint& checkpoint, Mistakes& mistakes);
Weights weights_of(const std::vector<TensorSpec>& specs, const WeightSource& source);

// A Radfm whose vision part has these weights; its language model has none (zeros).
Radfm vision_network(const ModelConfig& config, const WeightSource& weights);

// [S, 3, H, W, D] as the network takes it: multiples of the patches, none beyond the position tables. Else a
// mistake.
void require_input_shape(const std::vector<std::int64_t>& shape, const ModelConfig& config,
                         const Fields& fields);

// "generator_vectors": the first values of some drawn tensors; `tensors` are those that may be named.
void compare_generator_vectors(const Fields& fields, const std::vector<TensorSpec>& tensors,
                               CaseFindings& findings);

// Mean, population standard deviation, minimum, maximum, first values and shape of one entry of "stages".
void compare_statistics(const std::string& stage, const Fields& expected, const std::vector<float>& values,
                        const std::vector<std::int64_t>& shape, double tolerance, CaseFindings& findings);

// Columns of [rows, width] values: [rows, columns].
std::vector<float> columns_of(const std::vector<float>& values, std::int64_t width,
                              const std::vector<std::int64_t>& columns);

}  // namespace radfm::model::check
