// SPDX-License-Identifier: Apache-2.0
// The network as it learns: the modules of inference on batches of examples, the heads of training, and the losses.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <optional>
#include <vector>

#include "demo/training/example.h"
#include "demo/training/measures.h"
#include "demo/training/parameters.h"
#include "pipeline/model/llama.h"
#include "pipeline/model/perceiver.h"
#include "pipeline/model/vision.h"

namespace radfm::training {

// What the losses of a whole step are divided by, so that a step gives the same gradients however it is shared out.
struct Asked {
  std::vector<double> classes, pairs;  // labels, of each kind
  std::vector<double> maps;            // weights of places, of each map
  double language = 0;                 // weights of answer tokens
};
Asked asked_of(const std::vector<Example>& examples, const LabelKinds& kinds);

struct StepLoss {
  at::Tensor total;  // scalar with gradients
  std::array<double, tasks> of_task{};
};

// Uses its leaves and changes nothing; one thread at a time.
class TrainingNetwork {
 public:
  // All that is referred to must outlive the network.
  TrainingNetwork(const model::ModelConfig& config, const LabelKinds& kinds, const std::vector<Parameter>& parameters,
                  const std::vector<at::Tensor>& leaves);

  // A share of a step; its losses add up to the step's. `sixteen_bits`: products in bfloat16 (autocast).
  StepLoss loss(const std::vector<const Example*>& share, const Asked& asked, const TaskWeights& weights,
                bool sixteen_bits) const;

  // What the heads and the language model get right of these, without gradients.
  void measure(const std::vector<const Example*>& examples, Measures& measures) const;

 private:
  struct Encoded {
    std::vector<at::Tensor> tokens;  // of images of one shape: [n, tokens, dim]
    at::Tensor projected;            // [rows, latents, hidden]: a row for each image of `tokens`, one after the other
    std::vector<std::int64_t> row;   // of each image, counted through the examples; equal images have one row
    std::vector<const ImageLabels*> labels;  // of each row, or null
  };
  Encoded encode(const std::vector<const Example*>& examples) const;
  std::optional<at::Tensor> class_logits(const at::Tensor& flat) const;
  at::Tensor pair_logits(const at::Tensor& first, const at::Tensor& second) const;
  at::Tensor class_loss(const Encoded& encoded, const Asked& asked) const;
  at::Tensor pair_loss(const std::vector<const Example*>& examples, const Encoded& encoded, const Asked& asked) const;
  at::Tensor map_loss(const Encoded& encoded, const Asked& asked) const;

  // Some examples of similar length, padded to one.
  struct Sequences {
    std::vector<std::size_t> examples;
    at::Tensor ids;      // [B, T] rows of: vocabulary, <image>, </image>, all images' latents
    at::Tensor wanted;   // [n]: the positions before the answers' tokens, in B * T
    at::Tensor targets;  // [n]
    at::Tensor weights;  // [n]
  };
  std::vector<Sequences> sequences_of(const std::vector<const Example*>& examples, const Encoded& encoded) const;
  at::Tensor answer_logits(const Sequences& sequences, const Encoded& encoded) const;  // [answer tokens, vocab]
  at::Tensor language_loss(const std::vector<const Example*>& examples, const Encoded& encoded,
                           const Asked& asked) const;
  void measure_heads(const std::vector<const Example*>& examples, const Encoded& encoded, Measures& measures) const;
  void measure_answers(const std::vector<const Example*>& examples, const Encoded& encoded, Measures& measures) const;

  const model::ModelConfig& config_;
  const LabelKinds& kinds_;
  model::Weights weights_;
  model::VisionEncoder vision_;
  model::Perceiver perceiver_;
  model::Llama llama_;
  c10::Device device_;
};

}  // namespace radfm::training
