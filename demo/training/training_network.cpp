// SPDX-License-Identifier: Apache-2.0
#include "demo/training/training_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace radfm::training {
namespace {

// A place of a map weighs 1, one that holds it 16: the few that matter are not lost among the many.
constexpr float place_weight = 15;
// Sequences of a batch are padded to the longest of them: the shortest has at least this share of its length.
constexpr double length_share_min = 0.85;

// Without torch's cache of cast weights: it is one for all threads, so that a worker that ends empties it for the others, and
// how gradients are then summed depends on who was first.
class Autocast {
 public:
  Autocast(bool on, c10::DeviceType device) : on_(on), device_(device), cached_(at::autocast::is_autocast_cache_enabled()) {
    if (!on_) return;
    at::autocast::set_autocast_cache_enabled(false);
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
  }
  ~Autocast() {
    if (!on_) return;
    at::autocast::set_autocast_enabled(device_, false);
    at::autocast::set_autocast_cache_enabled(cached_);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  const bool on_;
  const c10::DeviceType device_;
  const bool cached_;
};

float weight_of_place(float value) {
  return 1 + place_weight * value;
}

// Rows that are asked for, -1 where not: what cross_entropy_loss leaves out.
at::Tensor labels_tensor(const std::vector<std::int64_t>& labels, const c10::Device& device) {
  return at::tensor(labels).to(device);
}

// The sum over the kinds of the mean loss of what is asked of each. `labels` of each row for each kind.
at::Tensor cross_entropy(const at::Tensor& logits, const std::vector<std::vector<int>>& labels,
                         const std::vector<LabelKinds::Classes>& kinds, const std::vector<double>& asked,
                         const c10::Device& device) {
  at::Tensor sum;
  std::int64_t column = 0;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    const std::int64_t classes = kinds[k].classes;
    std::vector<std::int64_t> of_rows;
    bool any = false;
    for (const auto& row : labels) {
      of_rows.push_back(row.empty() ? no_label : row[k]);
      any = any || of_rows.back() != no_label;
    }
    const at::Tensor own = logits.narrow(1, column, classes);
    column += classes;
    if (!any) continue;
    const at::Tensor loss =
        at::cross_entropy_loss(own, labels_tensor(of_rows, device), {}, at::Reduction::Sum, no_label) / asked[k];
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum;
}

}  // namespace

Asked asked_of(const std::vector<Example>& examples, const LabelKinds& kinds) {
  Asked asked;
  asked.classes.resize(kinds.of_image.size());
  asked.pairs.resize(kinds.of_pair.size());
  asked.maps.resize(kinds.maps.size());
  for (const auto& example : examples) {
    for (const auto& labels : example.labels) {
      for (std::size_t k = 0; k < labels.classes.size(); ++k) asked.classes[k] += labels.classes[k] != no_label;
      for (std::size_t m = 0; m < labels.maps.size(); ++m)
        for (const float value : labels.maps[m]) asked.maps[m] += static_cast<double>(weight_of_place(value));
    }
    for (std::size_t k = 0; k < example.pair_labels.size(); ++k) asked.pairs[k] += example.pair_labels[k] != no_label;
    for (const float weight : example.weights) asked.language += static_cast<double>(weight);
  }
  return asked;
}

TrainingNetwork::TrainingNetwork(const model::ModelConfig& config, const LabelKinds& kinds,
                                 const std::vector<Parameter>& parameters, const std::vector<at::Tensor>& leaves)
    : config_(config),
      kinds_(kinds),
      weights_(weights_of(parameters, leaves)),
      vision_(config.vision, weights_),
      perceiver_(config.perceiver, weights_),
      llama_(config.llama, weights_),
      device_(leaves.front().device()) {}

// Images that are looked at are batched apart from those that the vision tower learns from.
TrainingNetwork::Encoded TrainingNetwork::encode(const std::vector<const Example*>& examples) const {
  struct Source {
    const Example* example = nullptr;
    std::size_t image = 0;
    const ImageLabels* labels = nullptr;
  };
  std::vector<Source> sources;                                       // each image once
  std::map<std::pair<bool, std::uint64_t>, std::size_t> source_of;   // (learns, key)
  std::map<std::pair<bool, int>, std::vector<std::size_t>> batches;  // (learns, depth)
  std::vector<std::size_t> source_of_image;
  for (const auto* example : examples)
    for (std::size_t i = 0; i < static_cast<std::size_t>(example->images); ++i) {
      const auto [found, fresh] = source_of.try_emplace({example->vision_learns, example->keys[i]}, sources.size());
      source_of_image.push_back(found->second);
      if (fresh) {
        batches[{example->vision_learns, example->depth}].push_back(sources.size());
        sources.push_back({example, i, nullptr});
      }
      const bool labelled =
          i < example->labels.size() && !(example->labels[i].classes.empty() && example->labels[i].maps.empty());
      if (labelled) sources[found->second].labels = &example->labels[i];
    }
  Encoded encoded;
  std::vector<std::int64_t> row_of_source(sources.size());
  std::vector<at::Tensor> projected;
  for (const auto& [kind, images] : batches) {
    const at::AutoGradMode mode(at::GradMode::is_enabled() && kind.first);
    const Example& first = *sources[images.front()].example;
    at::Tensor batch =
        at::empty({static_cast<std::int64_t>(images.size()), first.channels, first.height, first.width, first.depth},
                  at::TensorOptions(at::kFloat));
    float* values = batch.data_ptr<float>();
    for (const std::size_t image : images) {
      const Example& example = *sources[image].example;
      const std::size_t count = example.pixels_of_image();
      std::memcpy(values, example.pixels.data() + sources[image].image * count, count * sizeof(float));
      values += count;
      row_of_source[image] = static_cast<std::int64_t>(encoded.labels.size());
      encoded.labels.push_back(sources[image].labels);
    }
    encoded.tokens.push_back(vision_.forward(batch.to(device_)));
    projected.push_back(at::linear(perceiver_.forward(encoded.tokens.back()),
                                   weights_.at("embedding_layer.fc.weight"), weights_.at("embedding_layer.fc.bias")));
  }
  for (const std::size_t source : source_of_image) encoded.row.push_back(row_of_source[source]);
  if (!projected.empty()) encoded.projected = projected.size() == 1 ? projected.front() : at::cat(projected, 0);
  return encoded;
}

std::optional<at::Tensor> TrainingNetwork::class_logits(const at::Tensor& flat) const {
  if (kinds_.of_image.empty()) return {};
  return at::linear(flat, weights_.at("heads.image.weight"), weights_.at("heads.image.bias"));
}

at::Tensor TrainingNetwork::pair_logits(const at::Tensor& first, const at::Tensor& second) const {
  const at::Tensor inner = at::gelu(at::linear(at::cat({first, second}, 1), weights_.at("heads.pair.hidden.weight"),
                                               weights_.at("heads.pair.hidden.bias")));
  return at::linear(inner, weights_.at("heads.pair.out.weight"), weights_.at("heads.pair.out.bias"));
}

at::Tensor TrainingNetwork::class_loss(const Encoded& encoded, const Asked& asked) const {
  std::vector<std::vector<int>> labels;
  bool any = false;
  for (const auto* of_row : encoded.labels) {
    labels.push_back(of_row ? of_row->classes : std::vector<int>());
    any = any || !labels.back().empty();
  }
  if (!any) return {};
  const auto logits = class_logits(encoded.projected.flatten(1));
  return logits ? cross_entropy(*logits, labels, kinds_.of_image, asked.classes, device_) : at::Tensor();
}

at::Tensor TrainingNetwork::pair_loss(const std::vector<const Example*>& examples, const Encoded& encoded,
                                      const Asked& asked) const {
  std::vector<std::int64_t> first, second;
  std::vector<std::vector<int>> labels;
  std::size_t image = 0;
  for (const auto* example : examples) {
    if (!example->pair_labels.empty()) {
      first.push_back(encoded.row[image]);
      second.push_back(encoded.row[image + 1]);
      labels.push_back(example->pair_labels);
    }
    image += static_cast<std::size_t>(example->images);
  }
  if (labels.empty()) return {};
  const at::Tensor flat = encoded.projected.flatten(1);
  return cross_entropy(pair_logits(flat.index_select(0, labels_tensor(first, device_)),
                                   flat.index_select(0, labels_tensor(second, device_))),
                       labels, kinds_.of_pair, asked.pairs, device_);
}

at::Tensor TrainingNetwork::map_loss(const Encoded& encoded, const Asked& asked) const {
  if (kinds_.maps.empty()) return {};
  at::Tensor sum;
  const std::size_t maps = kinds_.maps.size();
  std::size_t row = 0;
  for (const auto& tokens : encoded.tokens) {
    const auto count = static_cast<std::size_t>(tokens.size(1));
    at::Tensor target =
        at::zeros({tokens.size(0), tokens.size(1), static_cast<std::int64_t>(maps)}, at::TensorOptions(at::kFloat));
    at::Tensor weight = at::zeros(target.sizes(), at::TensorOptions(at::kFloat));
    float *targets = target.data_ptr<float>(), *weights = weight.data_ptr<float>();
    bool any = false;
    for (std::int64_t i = 0; i < tokens.size(0); ++i, ++row) {
      const ImageLabels* labels = encoded.labels[row];
      for (std::size_t m = 0; labels && m < labels->maps.size(); ++m) {
        const auto& map = labels->maps[m];
        for (std::size_t t = 0; t < map.size(); ++t) {
          targets[t * maps + m] = map[t];
          weights[t * maps + m] = weight_of_place(map[t]) / static_cast<float>(asked.maps[m]);
          any = true;
        }
      }
      targets += count * maps;
      weights += count * maps;
    }
    if (!any) continue;
    const at::Tensor logits = at::linear(tokens, weights_.at("heads.map.weight"), weights_.at("heads.map.bias"));
    const at::Tensor loss =
        at::binary_cross_entropy_with_logits(logits, target.to(device_), weight.to(device_), {}, at::Reduction::Sum);
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum;
}

std::vector<TrainingNetwork::Sequences> TrainingNetwork::sequences_of(const std::vector<const Example*>& examples,
                                                                      const Encoded& encoded) const {
  std::vector<std::size_t> order, first_image;
  std::size_t images = 0;
  for (std::size_t e = 0; e < examples.size(); ++e) {
    first_image.push_back(images);
    images += static_cast<std::size_t>(examples[e]->images);
    if (!examples[e]->ids.empty()) order.push_back(e);
  }
  const auto length = [&](std::size_t e) { return examples[e]->ids.size() - 1; };  // the last token is only a target
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return length(a) > length(b); });

  const int latents = config_.perceiver.latents, before_images = config_.first_placeholder(0);
  std::vector<Sequences> all;
  for (std::size_t begin = 0; begin < order.size();) {
    const std::size_t longest = length(order[begin]);
    std::size_t end = begin;
    while (end < order.size() &&
           static_cast<double>(length(order[end])) >= length_share_min * static_cast<double>(longest))
      ++end;
    Sequences sequences;
    std::vector<std::int64_t> ids, wanted, targets;
    std::vector<float> weights;
    for (std::size_t place = begin; place < end; ++place) {
      const std::size_t e = order[place];
      const Example& example = *examples[e];
      sequences.examples.push_back(e);
      const std::size_t offset = ids.size();
      for (std::size_t t = 0; t < length(e); ++t) {
        const int id = example.ids[t];
        const int image = (id - before_images) / latents;  // of the record's own
        ids.push_back(id < before_images
                          ? id
                          : before_images + latents * encoded.row[first_image[e] + static_cast<std::size_t>(image)] +
                                (id - before_images) % latents);
      }
      ids.resize(offset + longest, model::unknown_token);
      for (std::size_t t = example.answer_begin; t < example.ids.size(); ++t) {
        wanted.push_back(static_cast<std::int64_t>(offset + t - 1));
        targets.push_back(example.ids[t]);
        weights.push_back(example.weights[t - example.answer_begin]);
      }
    }
    sequences.ids = at::tensor(ids).view({-1, static_cast<std::int64_t>(longest)}).to(device_);
    sequences.wanted = at::tensor(wanted).to(device_);
    sequences.targets = at::tensor(targets).to(device_);
    sequences.weights = at::tensor(weights).to(device_);
    all.push_back(std::move(sequences));
    begin = end;
  }
  return all;
}

at::Tensor TrainingNetwork::answer_logits(const Sequences& sequences, const Encoded& encoded) const {
  std::vector<at::Tensor> rows{weights_.at("lang_model.model.embed_tokens.weight"),
                               weights_.at("embedding_layer.figure_token_weight")};
  if (encoded.projected.defined()) rows.push_back(encoded.projected.flatten(0, 1).to(at::kFloat));
  const at::Tensor embedded = at::embedding(at::cat(rows, 0), sequences.ids);  // [B, T, hidden]
  return llama_.logits(llama_.forward_sequences(embedded, sequences.wanted));
}

at::Tensor TrainingNetwork::language_loss(const std::vector<const Example*>& examples, const Encoded& encoded,
                                          const Asked& asked) const {
  at::Tensor sum;
  for (const auto& sequences : sequences_of(examples, encoded)) {
    const at::Tensor each = at::cross_entropy_loss(answer_logits(sequences, encoded).to(at::kFloat),
                                                   sequences.targets, {}, at::Reduction::None);
    const at::Tensor loss = (each * sequences.weights).sum() / asked.language;
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum;
}

StepLoss TrainingNetwork::loss(const std::vector<const Example*>& share, const Asked& asked,
                               const TaskWeights& weights, bool sixteen_bits) const {
  const Autocast autocast(sixteen_bits, device_.type());
  const Encoded encoded = encode(share);
  StepLoss result;
  const auto take = [&](Task task, const at::Tensor& loss, double weight) {
    if (!loss.defined()) return;
    result.of_task[task] = loss.item<double>();
    const at::Tensor weighted = loss.to(at::kFloat) * weight;
    result.total = result.total.defined() ? result.total + weighted : weighted;
  };
  if (encoded.projected.defined()) {
    take(task_classes, class_loss(encoded, asked), weights.classes);
    take(task_pairs, pair_loss(share, encoded, asked), weights.pairs);
    take(task_maps, map_loss(encoded, asked), weights.maps);
  }
  take(task_language, language_loss(share, encoded, asked), weights.language);
  return result;
}

}  // namespace radfm::training
