// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "demo/training/training_network.h"

namespace radfm::training {
namespace {

constexpr float place_holds = 0.5f;  // a value of a map from which on its place is right

// Which class of each kind is the likeliest: [kind][row].
std::vector<std::vector<std::int64_t>> likeliest(const at::Tensor& logits,
                                                 const std::vector<LabelKinds::Classes>& kinds) {
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
  std::size_t image = 0;
  for (const auto* example : examples) {
    if (!example->pair_labels.empty()) {
      const at::Tensor pair =
          pair_logits(flat.narrow(0, encoded.row[image], 1), flat.narrow(0, encoded.row[image + 1], 1));
      count_labels(example->pair_labels, likeliest(pair, kinds_.of_pair), 0, measures.pairs);
    }
    image += static_cast<std::size_t>(example->images);
  }
  for (std::size_t row = 0; row < encoded.labels.size(); ++row)
    if (encoded.labels[row]) count_labels(encoded.labels[row]->classes, best, row, measures.classes);
  std::size_t row = 0;
  for (const auto& tokens : encoded.tokens) {
    if (kinds_.maps.empty()) break;
    const at::Tensor peak = at::linear(tokens, weights_.at("heads.map.weight"), weights_.at("heads.map.bias"))
                                .argmax(1)
                                .cpu()
                                .contiguous();  // [n, maps]
    const std::int64_t* places = peak.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < tokens.size(0); ++i, ++row, places += kinds_.maps.size())
      for (std::size_t m = 0; encoded.labels[row] && m < encoded.labels[row]->maps.size(); ++m) {
        const auto& map = encoded.labels[row]->maps[m];
        if (std::any_of(map.begin(), map.end(), [](float value) { return value >= place_holds; }))
          measures.maps[m].count(map[static_cast<std::size_t>(places[m])] >= place_holds);
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
        if (weight == 0) continue;
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
