// SPDX-License-Identifier: Apache-2.0
// Aim: random weights in each form are finite, of the promised sizes, the same whatever the threads, and make a network whose
// logits are numbers.
#include "pipeline/model/bench/random_weights.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <gtest/gtest.h>

#include "pipeline/model/bench/drawn_questions.h"
#include "pipeline/model/radfm.h"
#include "pipeline/model/stored_tensors.h"
#include "tests/pipeline/model/tiny_model.h"

namespace radfm::model {
namespace {

// The tiny model with a language model of whole tiles and groups.
ModelConfig whole_tiles() {
  auto json = tiny_config_json();
  json["llama"] = {{"vocab", 64}, {"hidden", 128}, {"mlp", 256}, {"layers", 2}, {"heads", 2}, {"context", 64}};
  return *parse_model_config(json.dump());
}

const Placement forms[] = {{c10::kCPU, WeightType::f32, 1, false},
                           {c10::kCPU, WeightType::f32, 1, true},
                           {c10::kCPU, WeightType::bf16, 1, true},
                           {c10::kCPU, WeightType::int8, 1, true},
                           {c10::kCPU, WeightType::int4, 1, true}};

at::Tensor values_of_one(const Weights& weights, const std::string& name) {
  return weights.is_packed(name) ? unpack_tensor(weights.packed_tensor(name), at::kFloat) : weights.at(name).to(at::kFloat);
}

TEST(RandomWeights, AreNumbersOfTheirSizes) {
  const ModelConfig config = whole_tiles();
  for (const Placement& form : forms) {
    SCOPED_TRACE(std::string(compute_type_name(form.type)) + (form.packed ? ", packed" : ""));
    const Weights weights = random_weights(config, form);
    for (const auto& spec : tensors_of(config)) {
      SCOPED_TRACE(spec.name);
      EXPECT_EQ(weights.is_packed(spec.name), form.packed && packed_type(spec, form.type).has_value());
      const at::Tensor values = values_of_one(weights, spec.name);
      EXPECT_EQ(values.sizes().vec(), spec.shape);
      EXPECT_TRUE(at::isfinite(values).all().item<bool>());
      if (spec.shape.size() != 2) continue;
      // Products keep the magnitude of what they are given, and neither sign leads.
      const double rms = values.pow(2).mean().sqrt().item<double>(), expected = std::pow(double(spec.shape[1]), -0.5);
      EXPECT_GT(rms, expected * 0.5);
      EXPECT_LT(rms, expected * 2);
      EXPECT_LT(std::abs(values.mean().item<double>()), rms);
    }
  }
}

TEST(RandomWeights, AreTheSameOnOneAndTwoThreads) {
  const ModelConfig config = whole_tiles();
  const int threads_before = at::get_num_threads();
  for (const Placement& form : forms) {
    at::set_num_threads(1);
    const Weights one = random_weights(config, form);
    at::set_num_threads(2);
    const Weights two = random_weights(config, form);
    for (const auto& spec : tensors_of(config))
      EXPECT_TRUE(at::equal(values_of_one(one, spec.name), values_of_one(two, spec.name))) << spec.name;
  }
  at::set_num_threads(threads_before);
}

TEST(RandomWeights, MakeANetwork) {
  const ModelConfig config = whole_tiles();
  for (const Placement& form : forms) {
    const Radfm model(config, random_weights(config, form));
    const at::Tensor image = model.encode_image(drawn_pictures(config, 1, config.vision.frame_patch), 0);
    KeyValueCache cache = model.make_cache(32);
    model.prefill(*model.embed(drawn_prompt(config, 1, 20), image), cache);
    const at::Tensor logits = model.decode_one(5, cache);
    EXPECT_TRUE(at::isfinite(logits).all().item<bool>());
    EXPECT_GT((logits.max() - logits.min()).item<double>(), 0.01);
  }
}

}  // namespace
}  // namespace radfm::model
