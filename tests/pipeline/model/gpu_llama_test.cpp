// SPDX-License-Identifier: Apache-2.0
// Aim: the language model by the kernels for GPUs computes what the processor's does over the same packed weights, and a sequence is
// the same to the bit whatever is beside it. On a GPU in builds with CUDA; else its kernels run on the processor that plays one.
#include "pipeline/model/gpu_llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "pipeline/model/cuda_device.h"
#include "pipeline/model/gpu_step.h"
#include "pipeline/model/packed_llama.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

#ifdef RADFM_CUDA
const c10::Device device(c10::kCUDA, 0);
#define DEVICE_OR_SKIP()                                                             \
  if (cuda::device_count() == 0) GTEST_SKIP() << "compiled, not run: no GPU";        \
  cuda::set_deterministic()
#else
const c10::Device device(c10::kCPU);
#define DEVICE_OR_SKIP() static_cast<void>(0)
#endif

// Sizes that are no multiples of tiles, lines or groups; heads of a width that the kernels know.
ModelConfig odd_sizes() {
  auto json = tiny_config_json();
  json["llama"] = {{"vocab", 101}, {"hidden", 72}, {"mlp", 150}, {"layers", 2}, {"heads", 3}, {"context", 200}};
  return *parse_model_config(json.dump());
}

struct Drawn {
  explicit Drawn(const ModelConfig& sizes) : config(sizes) {
    std::vector<NamedTensor> tensors;
    for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("gpu", spec)});
    file = folder.write("model.safetensors", safetensors_bytes(tensors));
  }
  Weights weights(WeightType type, c10::Device on) const {
    const auto checkpoint = Checkpoint::open_file(file);
    return Weights::of_checkpoint(*checkpoint, tensors_of(config), {on, type, 1, true});
  }
  ModelConfig config;
  TestFolder folder;
  std::filesystem::path file;
};

std::vector<std::int64_t> prompt_of(int sequence, int count, const LlamaConfig& config) {
  std::vector<std::int64_t> ids;
  for (int i = 0; i < count; ++i) ids.push_back((sequence * 31 + i * 17 + 1) % config.vocab);
  return ids;
}

at::Tensor read(const LanguageModel& model, const LlamaConfig& config, const std::vector<std::int64_t>& ids, KeyValueCache& cache,
                c10::Device on) {
  at::Tensor x = model.embed(at::tensor(ids).to(on));
  for (int layer = 0; layer < config.layers; ++layer) x = model.read_layer(layer, x, cache);
  return model.prompt_logits(x.narrow(0, x.size(0) - 1, 1)).cpu();
}

// Logits of the prompt's end and of each of `steps` tokens behind it: [steps + 1, vocab].
at::Tensor logits_of(const LanguageModel& model, const LlamaConfig& config, int prompt, int steps, c10::Device on) {
  auto cache = model.make_cache(prompt + steps);
  std::vector<at::Tensor> rows{read(model, config, prompt_of(1, prompt, config), cache, on)};
  for (int step = 0; step < steps; ++step) rows.push_back(model.step({{(7 * step + 3) % config.vocab, &cache}}).cpu());
  EXPECT_EQ(cache.length(), cache.capacity());
  return at::cat(rows, 0);
}

double relative(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).pow(2).mean().sqrt() / expected.pow(2).mean().sqrt()).item<double>();
}

class GpuLlamaTypes : public testing::TestWithParam<WeightType> {};

// The same weights, rounded: what is left is the order of sums, and 16 bits inside a prompt.
TEST_P(GpuLlamaTypes, AgreesWithTheProcessors) {
  DEVICE_OR_SKIP();
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const LlamaConfig& config = drawn.config.llama;
  const PackedLlama processor(config, drawn.weights(GetParam(), c10::kCPU), at::kBFloat16);
  const GpuLlama model(config, drawn.weights(GetParam(), device));
  for (const int prompt : {13, 126}) {  // the last one's steps cross into a second split of the cache
    const double difference = relative(logits_of(model, config, prompt, 3, device), logits_of(processor, config, prompt, 3, c10::kCPU));
    std::cout << compute_type_name(GetParam()) << ", prompt of " << prompt << ": " << difference << "\n";
    EXPECT_LT(difference, 5e-3);
  }
}

// Without a prompt there is no product in 16 bits: the steps alone are nearer.
TEST_P(GpuLlamaTypes, StepsAreNearer) {
  DEVICE_OR_SKIP();
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const LlamaConfig& config = drawn.config.llama;
  const PackedLlama processor(config, drawn.weights(GetParam(), c10::kCPU), at::kBFloat16);
  const GpuLlama model(config, drawn.weights(GetParam(), device));
  auto theirs = processor.make_cache(8), ours = model.make_cache(8);
  for (int step = 0; step < 8; ++step) {
    const int id = (7 * step + 3) % config.vocab;
    EXPECT_LT(relative(model.step({{id, &ours}}), processor.step({{id, &theirs}})), 1e-3) << step;
  }
}

TEST_P(GpuLlamaTypes, TogetherToTheBit) {
  DEVICE_OR_SKIP();
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const LlamaConfig& config = drawn.config.llama;
  const GpuLlama model(config, drawn.weights(GetParam(), device));
  constexpr int sequences = 17, steps = 2;  // more than one launch of a product takes
  const auto begun = [&] {
    std::vector<KeyValueCache> caches;
    for (int s = 0; s < sequences; ++s) {
      caches.push_back(model.make_cache(12 + s % 3));
      read(model, config, prompt_of(s, 1 + s % 10, config), caches.back(), device);
    }
    return caches;
  };
  auto alone = begun(), together = begun();
  for (int step = 0; step < steps; ++step) {
    std::vector<NextToken> tokens;
    for (int s = 0; s < sequences; ++s) tokens.push_back({(s * 13 + step) % config.vocab, &together[static_cast<std::size_t>(s)]});
    const at::Tensor logits = model.step(tokens);
    for (int s = 0; s < sequences; s += 4) {
      const auto i = static_cast<std::size_t>(s);
      ASSERT_TRUE(at::equal(model.step({{tokens[i].id, &alone[i]}})[0], logits[s])) << "sequence " << s << ", step " << step;
    }
  }
}

TEST_P(GpuLlamaTypes, LikeliestIsThatOfTheLogits) {
  DEVICE_OR_SKIP();
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const GpuLlamaWeights weights(drawn.config.llama, drawn.weights(GetParam(), device));
  GpuStep step(weights, 2);
  KeyValueCache cache(drawn.config.llama, 4, weights.embedding.options());
  step.run({{5, &cache}});
  EXPECT_EQ(step.likeliest(0).finite, 1);
  EXPECT_EQ(step.likeliest(0).id, step.logits()[0].argmax().item<std::int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Types, GpuLlamaTypes, testing::Values(WeightType::bf16, WeightType::int8, WeightType::int4));

TEST(GpuLlamaDeath, KeepsWithinItsCache) {
  DEVICE_OR_SKIP();
  const Drawn drawn(odd_sizes());
  const GpuLlama model(drawn.config.llama, drawn.weights(WeightType::bf16, device));
  auto cache = model.make_cache(1);
  model.step({{3, &cache}});
  EXPECT_DEATH(model.step({{3, &cache}}), "more tokens than the cache");
}

}  // namespace
}  // namespace radfm::model
