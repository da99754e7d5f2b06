// SPDX-License-Identifier: Apache-2.0
// Aim: the language model over packed matrices computes what the reference in libtorch operations does, and a step of a sequence is
// the same to the bit whatever is beside it and on any number of threads.
#include "pipeline/model/packed_llama.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <random>

#include "pipeline/model/llama.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

// Sizes that are no multiples of tiles, lines or groups.
ModelConfig odd_sizes() {
  auto json = tiny_config_json();
  json["llama"] = {{"vocab", 101}, {"hidden", 72}, {"mlp", 150}, {"layers", 3}, {"heads", 3}, {"context", 96}};
  return *parse_model_config(json.dump());
}

// Each matrix' values such that what runs through the layers keeps its size.
struct Drawn {
  explicit Drawn(const ModelConfig& sizes) : config(sizes) {
    std::vector<NamedTensor> tensors;
    for (const auto& spec : tensors_of(config)) {
      NamedTensor tensor{spec, draw_tensor("packed", spec)};
      tensors.push_back(std::move(tensor));
    }
    file = folder.write("model.safetensors", safetensors_bytes(tensors));
  }
  Weights weights(WeightType type, bool packed) const {
    const auto checkpoint = Checkpoint::open_file(file);
    return Weights::of_checkpoint(*checkpoint, tensors_of(config), {c10::kCPU, type, 1, packed});
  }
  ModelConfig config;
  TestFolder folder;
  std::filesystem::path file;
};

const std::vector<std::int64_t> prompt_ids{1, 5, 9, 100, 4, 17, 22, 8, 63, 63, 2, 50, 31};

at::Tensor read(const LanguageModel& model, const LlamaConfig& config, const std::vector<std::int64_t>& ids, KeyValueCache& cache) {
  at::Tensor x = model.embed(at::tensor(ids));
  for (int layer = 0; layer < config.layers; ++layer) x = model.read_layer(layer, x, cache);
  return model.prompt_logits(x);
}

// Logits of the prompt's end and of each of `steps` tokens behind it, the tokens given: [steps + 1, vocab].
at::Tensor logits_of(const LanguageModel& model, const LlamaConfig& config, int steps) {
  auto cache = model.make_cache(static_cast<std::int64_t>(prompt_ids.size()) + steps);
  std::vector<at::Tensor> rows{read(model, config, prompt_ids, cache)};
  for (int step = 0; step < steps; ++step) rows.push_back(model.step({{(7 * step + 3) % config.vocab, &cache}}));
  EXPECT_EQ(cache.length(), cache.capacity());
  return at::cat(rows, 0);
}

// The root of the mean square of the differences, by that of the values themselves.
double relative(const at::Tensor& got, const at::Tensor& expected) {
  return ((got - expected).pow(2).mean().sqrt() / expected.pow(2).mean().sqrt()).item<double>();
}

struct Tolerance {
  WeightType type;
  at::ScalarType product_type;
  double relative_max;
};

class PackedLlamaTypes : public testing::TestWithParam<Tolerance> {};

// Against float32 weights unrounded: what rounding of weights, cache and products costs in all.
TEST_P(PackedLlamaTypes, AgreesWithTheReference) {
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const LlamaConfig& config = drawn.config.llama;
  const Llama reference(config, drawn.weights(WeightType::f32, false));
  const PackedLlama packed(config, drawn.weights(GetParam().type, true), GetParam().product_type);
  const double difference = relative(logits_of(packed, config, 20), logits_of(reference, config, 20));
  std::cout << compute_type_name(GetParam().type) << ", products in " << GetParam().product_type << ": " << difference << "\n";
  EXPECT_LT(difference, GetParam().relative_max);
}

INSTANTIATE_TEST_SUITE_P(Types, PackedLlamaTypes,
                         testing::Values(Tolerance{WeightType::f32, at::kFloat, 2e-6}, Tolerance{WeightType::bf16, at::kFloat, 1e-2},
                                         Tolerance{WeightType::bf16, at::kBFloat16, 2e-2}, Tolerance{WeightType::int8, at::kFloat, 3e-2},
                                         Tolerance{WeightType::int8, at::kBFloat16, 3e-2}, Tolerance{WeightType::int4, at::kFloat, 3e-1},
                                         Tolerance{WeightType::int4, at::kBFloat16, 3e-1}));

// Decoding gives what reading the whole text at once gives: the cache is the same memory, in the same layout.
TEST(PackedLlama, CacheEqualsNoCache) {
  const at::NoGradGuard no_grad;
  const Drawn drawn(odd_sizes());
  const LlamaConfig& config = drawn.config.llama;
  const PackedLlama packed(config, drawn.weights(WeightType::f32, true));
  const std::vector<std::int64_t> beginning(prompt_ids.begin(), prompt_ids.begin() + 4);
  auto whole_cache = packed.make_cache(13), cache = packed.make_cache(13);
  const at::Tensor whole = read(packed, config, prompt_ids, whole_cache);
  at::Tensor logits = read(packed, config, beginning, cache);
  for (std::size_t i = beginning.size(); i < prompt_ids.size(); ++i) logits = packed.step({{static_cast<int>(prompt_ids[i]), &cache}});
  EXPECT_LT((logits - whole.narrow(0, whole.size(0) - 1, 1)).abs().max().item<double>(), 1e-5);
}

// 64 sequences with prompts of 1 to 40 tokens; of each the logits of 3 tokens behind it.
class TogetherToTheBit : public testing::TestWithParam<WeightType> {
 protected:
  static constexpr int sequences = 64, steps = 3;
  int token(int sequence, int step) const { return (sequence * 13 + step * 29 + 5) % drawn_.config.llama.vocab; }
  // Reading prompts is libtorch's matter, whose bits may depend on the number of threads: always as many.
  void read_prompts() {
    caches_.clear();
    for (int s = 0; s < sequences; ++s) {
      std::vector<std::int64_t> ids;
      for (int i = 0; i <= s * 7 % 40; ++i) ids.push_back((s * 31 + i * 17) % drawn_.config.llama.vocab);
      caches_.push_back(model_.make_cache(50));
      read(model_, drawn_.config.llama, ids, caches_.back());
    }
  }
  // Some that have steps left, in any order.
  std::vector<int> members(const std::vector<int>& done, bool all) {
    std::vector<int> found;
    for (int s = 0; s < sequences; ++s)
      if (done[static_cast<std::size_t>(s)] < steps) found.push_back(s);
    std::shuffle(found.begin(), found.end(), random_);
    if (!all && !found.empty()) found.resize(1 + random_() % found.size());
    return found;
  }
  std::vector<NextToken> tokens_of(const std::vector<int>& sequence_numbers, const std::vector<int>& done) {
    std::vector<NextToken> tokens;
    for (const int s : sequence_numbers)
      tokens.push_back({token(s, done[static_cast<std::size_t>(s)]), &caches_[static_cast<std::size_t>(s)]});
    return tokens;
  }
  const at::NoGradGuard no_grad_;
  const Drawn drawn_{odd_sizes()};
  const PackedLlama model_{drawn_.config.llama, drawn_.weights(GetParam(), true)};
  std::vector<KeyValueCache> caches_;
  std::mt19937 random_{20261129};
};

TEST_P(TogetherToTheBit, WhateverIsBeside) {
  const int threads_before = at::get_num_threads();
  read_prompts();
  std::vector<std::vector<at::Tensor>> alone(sequences);
  for (int s = 0; s < sequences; ++s)
    for (int step = 0; step < steps; ++step)
      alone[static_cast<std::size_t>(s)].push_back(model_.step({{token(s, step), &caches_[static_cast<std::size_t>(s)]}})[0]);
  for (const int threads : {1, 2}) {
    for (const bool all : {true, false}) {
      at::set_num_threads(threads_before);
      read_prompts();
      at::set_num_threads(threads);
      std::vector<int> done(sequences, 0);
      for (auto group = members(done, all); !group.empty(); group = members(done, all)) {
        const at::Tensor logits = model_.step(tokens_of(group, done));
        for (std::size_t i = 0; i < group.size(); ++i) {
          const auto s = static_cast<std::size_t>(group[i]);
          ASSERT_TRUE(at::equal(logits[static_cast<std::int64_t>(i)], alone[s][static_cast<std::size_t>(done[s])]))
              << "sequence " << s << " step " << done[s] << " among " << group.size() << ", threads " << threads;
          ++done[s];
        }
      }
    }
  }
  at::set_num_threads(threads_before);
}

INSTANTIATE_TEST_SUITE_P(Types, TogetherToTheBit, testing::Values(WeightType::f32, WeightType::bf16, WeightType::int8, WeightType::int4));

// What is put into a full cache, or behind the context, is a mistake of ours and no write beside the memory.
TEST(PackedLlamaDeathTest, KeepsWithinItsCache) {
  const Drawn drawn(odd_sizes());
  const PackedLlama model(drawn.config.llama, drawn.weights(WeightType::bf16, true));
  auto cache = model.make_cache(1);
  model.step({{3, &cache}});
  EXPECT_DEATH(model.step({{3, &cache}}), "more tokens than the cache");
}

}  // namespace
}  // namespace radfm::model
