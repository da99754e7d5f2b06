// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>

#include "demo/training/training_network.h"

namespace radfm::training {
namespace {

constexpr float place_holds = 0.5f;  // a value of a map from which on its place is right

// Which class of each kind is the likeliest: [kind][row].
std::vector<std::vector<std::int64_t>> likeliest(const at::Tensor& logits, const std::vector<LabelKinds::Classes>& kinds) {
  std::vector<std::vector<std::int64_t>> of_kind;
  std::int64_t column = 0;
  for (const auto& kind : kinds) {
    const at::Tensor best = logits.narrow(1, column, kind.classes).argmax(1).cpu().contiguous();
    of_kind.emplace_back(best.data_ptr<std::int64_t>(), best.data_ptr<std::int64_t>() + best.numel());
    column += kind.classes;
  }
  return of_kind;
}

void count_labels(const std::vector<int>& labels, const std::vector<std::vector<std::int64_t>>& best, std::size_t row,
                  std::vector<Share>& shares) {
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (labels[k] != no_label) shares[k].count(best[k][row] == labels[k]);
}

}  // namespace

void TrainingNetwork::measure_heads(const std::vector<const Example*>& examples, const Encoded& encoded,
                                    Measures& measures) const {
  const at::Tensor flat = encoded.projected.flatten(1);
  const auto logits = class_logits(flat);
  const auto best = logits ? likeliest(*logits, kinds_.of_image) : std::vector<std::vector<std::int64_t>>();
  std::vector<const ImageLabels*> labels;
  std::size_t image = 0;
  for (const auto* example : examples) {
    if (!example->pair_labels.empty()) {
      const at::Tensor pair = pair_logits(flat.narrow(0, encoded.row[image], 1), flat.narrow(0, encoded.row[image + 1], 1));
      count_labels(example->pair_labels, likeliest(pair, kinds_.of_pair), 0, measures.pairs);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(example->images); ++i, ++image) {
      labels.push_back(i < example->labels.size() ? &example->labels[i] : nullptr);
      if (labels.back())
        count_labels(labels.back()->classes, best, static_cast<std::size_t>(encoded.row[image]), measures.classes);
    }
  }
  for (std::size_t d = 0; d < encoded.tokens.size() && !kinds_.maps.empty(); ++d) {
    const at::Tensor peak = at::linear(encoded.tokens[d], weights_.at("heads.map.weight"), weights_.at("heads.map.bias"))
                                .argmax(1)
                                .cpu()
                                .contiguous();  // [n, maps]
    const std::int64_t* places = peak.data_ptr<std::int64_t>();
    for (const std::size_t own : encoded.images[d]) {
      for (std::size_t m = 0; labels[own] && m < labels[own]->maps.size(); ++m) {
        const auto& map = labels[own]->maps[m];
        bool any = false;
        for (const float value : map) any = any || value >= place_holds;
        if (any) measures.maps[m].count(map[static_cast<std::size_t>(places[m])] >= place_holds);
      }
      places += kinds_.maps.size();
    }
  }
}

void TrainingNetwork::measure_answers(const std::vector<const Example*>& examples, const Encoded& encoded,
                                      Measures& measures) const {
  for (const auto& sequences : sequences_of(examples, encoded)) {
    const at::Tensor right =
        answer_logits(sequences, encoded).argmax(1).eq(sequences.targets).to(at::kByte).cpu().contiguous();
    const std::uint8_t* at = right.data_ptr<std::uint8_t>();
    for (const std::size_t e : sequences.examples) {
      bool whole = true;
      for (const float weight : examples[e]->weights) {
        const bool good = *at++ != 0;
        measures.tokens.count(good);
        if (weight > 1) measures.emphasised.count(good);
        whole = whole && good;
      }
      measures.answers.count(whole);
    }
  }
}

void TrainingNetwork::measure(const std::vector<const Example*>& examples, Measures& measures) const {
  const at::NoGradGuard no_grad;
  const Encoded encoded = encode(examples);
  if (encoded.projected.defined()) measure_heads(examples, encoded, measures);
  measure_answers(examples, encoded, measures);
}

}  // namespace radfm::training
