// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstring>

#include "demo/training/optimizer.h"
#include "demo/training/training_network.h"
#include "pipeline/model/radfm.h"
#include "tests/demo/training/toy_records.h"

namespace radfm::training {
namespace {

struct Toy {
  model::ModelConfig config = toy_config();
  ToyRecords records;
  model::Tokenizer tokenizer = toy_tokenizer();
  std::vector<Parameter> parameters;

  explicit Toy(int channels = 1) : parameters(parameters_of(config, records.kinds(), channels)) {
    at::set_num_threads(1);  // tensors this small are slower on more
    draw_values(parameters, config, "test", c10::kCPU);
    for (auto& parameter : parameters)  // norms that are not the identity, so that it matters where they stand
      if (parameter.spec.shape.size() == 1)
        for (std::int64_t i = 0; i < parameter.value.numel(); ++i)
          parameter.value.data_ptr<float>()[i] += 0.1f * static_cast<float>(i % 5);
  }
  std::vector<Example> examples(int radiographs, int volumes) {
    const auto step = ExampleStream::draw(records, tokenizer, config, RecordSource::Stage::instruct,
                                          {radiographs, volumes, 1}, {}, {});
    if (!step) broken_invariant(step.error().message);
    return step->examples;
  }
  // The model that a directory of these weights would hold.
  model::Radfm published(int channels) const {
    std::unordered_map<std::string, at::Tensor> tensors;
    for (const auto& tensor : published_tensors(parameters, config, channels))
      tensors.emplace(tensor.spec.name, tensor.value);
    return {config, model::Weights::of_tensors(std::move(tensors))};
  }
};

std::vector<const Example*> pointers(const std::vector<Example>& examples) {
  std::vector<const Example*> all;
  for (const auto& example : examples) all.push_back(&example);
  return all;
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// The loss of a batch of grey pictures and volumes, padded sequences and all, is what inference computes one by one with
// the published weights of three channels.
TEST(TrainingNetwork, BatchesEqualInference) {
  Toy toy;
  const auto examples = toy.examples(5, 3);
  const auto leaves = leaves_of(toy.parameters);
  const TrainingNetwork network(toy.config, toy.records.kinds(), toy.parameters, leaves);
  const Asked asked = asked_of(examples, toy.records.kinds());
  const double loss = network.loss(pointers(examples), asked, {}, false).of_task[task_language];

  const model::Radfm single = toy.published(1);
  double sum = 0;
  for (const auto& example : examples) {
    model::ModelInput input{example.images, example.height, example.width, example.depth, {}};
    const std::size_t count = example.pixels_of_image();
    for (int i = 0; i < example.images; ++i)
      for (int c = 0; c < model::image_channels; ++c)
        input.values.insert(input.values.end(), example.pixels.begin() + static_cast<std::ptrdiff_t>(i * count),
                            example.pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * count));
    std::vector<at::Tensor> tokens;
    for (int i = 0; i < example.images; ++i) tokens.push_back(single.encode_image(input, i));
    const auto embedded = single.embed(example.ids, at::stack(tokens).flatten(0, 1));
    ASSERT_TRUE(embedded.ok());
    auto cache = single.make_cache(static_cast<std::int64_t>(example.ids.size()));
    const at::Tensor logits = single.prefill(*embedded, cache, static_cast<int>(example.ids.size()));
    const at::Tensor likelihood = logits.log_softmax(-1);
    for (std::size_t t = example.answer_begin; t < example.ids.size(); ++t)
      sum -= static_cast<double>(example.weights[t - example.answer_begin]) *
             likelihood[static_cast<std::int64_t>(t) - 1][example.ids[t]].item<double>();
  }
  EXPECT_NEAR(loss, sum / asked.language, 1e-5);
}

// A batch of images through the vision tower and the perceiver is each image alone; one channel trained is three
// published.
TEST(TrainingNetwork, ImageBatchesEqualSingleImages) {
  for (const int channels : {1, 3}) {
    Toy toy(channels);
    const auto weights = weights_of(toy.parameters, leaves_of(toy.parameters));
    const model::VisionEncoder vision(toy.config.vision, weights);
    const model::Perceiver perceiver(toy.config.perceiver, weights);
    std::vector<float> pixels;
    for (int i = 0; i < 3 * toy_side * toy_side * 8; ++i)
      pixels.push_back(static_cast<float>(toy_draw(static_cast<std::uint64_t>(i)) % 1000) / 1000.0f);
    const at::Tensor grey =
        at::from_blob(pixels.data(), {3, 1, toy_side, toy_side, 8}, at::TensorOptions(at::kFloat));
    const at::Tensor batch = grey.expand({3, channels, toy_side, toy_side, 8});
    const at::Tensor tokens = vision.forward(batch), latents = perceiver.forward(tokens);
    const model::Radfm published = toy.published(channels);
    for (std::int64_t i = 0; i < 3; ++i) {
      EXPECT_LT(worst(vision.forward(batch[i]), tokens[i]), 1e-5);
      EXPECT_LT(worst(perceiver.forward(tokens[i]), latents[i]), 1e-5);
      model::ModelInput input{1, toy_side, toy_side, 8, {}};
      const at::Tensor colour = grey[i].expand({3, toy_side, toy_side, 8}).contiguous();
      input.values.assign(colour.data_ptr<float>(), colour.data_ptr<float>() + colour.numel());
      const at::Tensor projected =
          at::matmul(latents[i], weights.at("embedding_layer.fc.weight").t()) + weights.at("embedding_layer.fc.bias");
      EXPECT_LT(worst(published.encode_image(input, 0), projected), 2e-5) << channels;
    }
  }
}

// Every parameter gets a gradient from a step in which everything is asked, and it is finite and not zero.
TEST(TrainingNetwork, GradientsReachEveryParameter) {
  Toy toy;
  const auto examples = toy.examples(12, 6);
  const auto leaves = leaves_of(toy.parameters);
  const TrainingNetwork network(toy.config, toy.records.kinds(), toy.parameters, leaves);
  network.loss(pointers(examples), asked_of(examples, toy.records.kinds()), {}, false).total.backward();
  for (std::size_t p = 0; p < leaves.size(); ++p) {
    ASSERT_TRUE(leaves[p].grad().defined()) << toy.parameters[p].spec.name;
    const double largest = leaves[p].grad().abs().max().item<double>();
    EXPECT_TRUE(std::isfinite(largest) && largest > 0) << toy.parameters[p].spec.name;
  }
}

// The gradients of a step do not depend on how it is shared out, also where two records show one picture.
TEST(TrainingNetwork, SharesAddUp) {
  Toy toy;
  auto examples = toy.examples(9, 3);
  examples.push_back(examples[0]);
  examples.back().labels.clear();  // as ExampleStream does: a label counts once
  const Asked asked = asked_of(examples, toy.records.kinds());
  std::vector<std::vector<at::Tensor>> sums;
  std::vector<double> losses;
  for (const int workers : {1, 3}) {
    const auto leaves = leaves_of(toy.parameters);
    const TrainingNetwork network(toy.config, toy.records.kinds(), toy.parameters, leaves);
    double loss = 0;
    for (const auto& share : shares_of(examples, workers, toy.config.vision)) {
      const StepLoss own = network.loss(share, asked, {}, false);
      own.total.backward();
      loss += own.total.item<double>();
    }
    losses.push_back(loss);
    sums.emplace_back();
    for (const auto& leaf : leaves) sums.back().push_back(leaf.grad());
  }
  EXPECT_NEAR(losses[0], losses[1], 1e-5);
  for (std::size_t p = 0; p < sums[0].size(); ++p)
    EXPECT_LT(worst(sums[0][p], sums[1][p]), 1e-5) << toy.parameters[p].spec.name;
}

// Images of a record that is only looked at teach the language model and not the vision tower.
TEST(TrainingNetwork, LookingIsNotLearning) {
  Toy toy;
  auto examples = toy.examples(4, 1);
  for (auto& example : examples) {
    example.vision_learns = false;
    example.labels.clear();
    example.pair_labels.clear();
  }
  const auto leaves = leaves_of(toy.parameters);
  const TrainingNetwork network(toy.config, toy.records.kinds(), toy.parameters, leaves);
  network.loss(pointers(examples), asked_of(examples, toy.records.kinds()), {}, false).total.backward();
  for (std::size_t p = 0; p < leaves.size(); ++p)
    EXPECT_EQ(leaves[p].grad().defined(), toy.parameters[p].part == Part::language) << toy.parameters[p].spec.name;
}

// Products in bfloat16 give nearly the same losses, wherever the processor has them or imitates them.
TEST(TrainingNetwork, SixteenBitsAreNear) {
  Toy toy;
  const auto examples = toy.examples(6, 2);
  const auto leaves = leaves_of(toy.parameters);
  const TrainingNetwork network(toy.config, toy.records.kinds(), toy.parameters, leaves);
  const Asked asked = asked_of(examples, toy.records.kinds());
  const StepLoss exact = network.loss(pointers(examples), asked, {}, false);
  const StepLoss rounded = network.loss(pointers(examples), asked, {}, true);
  rounded.total.backward();
  EXPECT_NE(exact.total.item<double>(), rounded.total.item<double>());
  EXPECT_NEAR(exact.total.item<double>(), rounded.total.item<double>(), 0.02 * exact.total.item<double>());
}

// One update is AdamW's by hand: clipped to the norm, decayed where it should be; a parameter without a gradient stays,
// and a gradient that is no number changes nothing.
TEST(AdamW, StepIsTheFormula) {
  std::vector<Parameter> parameters{{{"matrix", {1, 2}}, Part::vision, true, at::tensor({1.0f, -2.0f}).view({1, 2})},
                                    {{"bias", {1}}, Part::language, false, at::tensor({0.5f})},
                                    {{"idle", {1}}, Part::heads, false, at::tensor({7.0f})}};
  AdamW optimizer(parameters, {});
  WorkerPool pool(2, {});
  std::vector<std::vector<at::Tensor>> leaves{leaves_of(parameters), leaves_of(parameters)};
  leaves[0][0].mutable_grad() = at::tensor({3.0f, 0.0f}).view({1, 2});
  leaves[1][1].mutable_grad() = at::tensor({4.0f});
  EXPECT_NEAR(optimizer.step(pool, leaves, {0.1, 0.01, 1.0}), 5.0, 1e-6);
  // The first step of Adam goes by the rate in the gradient's direction, whatever its size.
  EXPECT_NEAR(parameters[0].value[0][0].item<float>(), 1.0f * (1 - 0.1f * 0.02f) - 0.1f, 1e-5);
  EXPECT_NEAR(parameters[0].value[0][1].item<float>(), -2.0f * (1 - 0.1f * 0.02f), 1e-5);
  EXPECT_NEAR(parameters[1].value[0].item<float>(), 0.5f - 0.01f, 1e-5);
  EXPECT_EQ(parameters[2].value[0].item<float>(), 7.0f);
  EXPECT_NEAR(optimizer.state().first[1][0].item<float>(), 0.1f * 4.0f / 5.0f, 1e-6);
  EXPECT_FALSE(leaves[0][0].grad().defined());

  leaves[0][1].mutable_grad() = at::tensor({std::numeric_limits<float>::quiet_NaN()});
  EXPECT_FALSE(std::isfinite(optimizer.step(pool, leaves, {0.1, 0.01, 1.0})));
  EXPECT_NEAR(parameters[1].value[0].item<float>(), 0.5f - 0.01f, 1e-5);
}

}  // namespace
}  // namespace radfm::training
