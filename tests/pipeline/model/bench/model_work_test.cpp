// SPDX-License-Identifier: Apache-2.0
// Aim: what the network is said to ask of a machine, against a count over its tensors and its pairs of positions.
#include "pipeline/model/bench/model_work.h"

#include <gtest/gtest.h>

#include "pipeline/model/bench/named_sizes.h"
#include "pipeline/model/stored_tensors.h"

namespace radfm::model {
namespace {

ModelConfig small_config() {
  ModelConfig config = files_of_sizes("2b7")->config;
  config.llama = {.vocab = 64, .hidden = 128, .mlp = 256, .layers = 3, .heads = 4};
  return config;
}

bool is_language_matrix(const TensorSpec& tensor) {
  return tensor.name.starts_with("lang_model.") && tensor.shape.size() == 2 && !tensor.name.ends_with("embed_tokens.weight");
}

// Two operations for each weight of a matrix that a token goes through.
double operations_of_a_token(const ModelConfig& config, bool head) {
  double operations = 0;
  for (const auto& tensor : tensors_of(config))
    if (is_language_matrix(tensor) && (head || tensor.name != "lang_model.lm_head.weight"))
      operations += 2 * static_cast<double>(tensor.values());
  return operations;
}

// Two products for each pair of a position and one that it sees, over each column of each layer.
double operations_of_pairs(const ModelConfig& config, std::int64_t pairs) {
  return 4.0 * static_cast<double>(pairs) * config.llama.hidden * config.llama.layers;
}

TEST(ModelWork, OperationsOfPromptsAndNewTokens) {
  const ModelConfig config = small_config();
  constexpr std::int64_t tokens = 7;
  std::int64_t pairs = 0;
  for (std::int64_t position = 0; position < tokens; ++position) pairs += position + 1;
  const double head = operations_of_a_token(config, true) - operations_of_a_token(config, false);
  EXPECT_DOUBLE_EQ(prefill_work(config, {}, tokens).operations,
                   tokens * operations_of_a_token(config, false) + head + operations_of_pairs(config, pairs));
  EXPECT_DOUBLE_EQ(decode_work(config, {}, 5, 9).operations,
                   5 * (operations_of_a_token(config, true) + operations_of_pairs(config, 10)));
}

TEST(ModelWork, BytesOfNewTokens) {
  const ModelConfig config = small_config();
  for (const WeightForm form : {WeightForm{WeightType::f32, false}, WeightForm{WeightType::bf16, true}, WeightForm{WeightType::int8, true},
                                WeightForm{WeightType::int4, true}}) {
    const double element = form.type == WeightType::f32 ? 4 : 2;
    double bytes = 0;
    for (const auto& tensor : tensors_of(config)) {
      if (!tensor.name.starts_with("lang_model.") || tensor.name.ends_with("embed_tokens.weight")) continue;
      if (!is_quantised(form.type))
        bytes += element * static_cast<double>(tensor.values());
      else
        for (const auto& part : stored_as(tensor, form.type)) bytes += static_cast<double>(part.bytes());
    }
    EXPECT_DOUBLE_EQ(decode_work(config, form, 1, 0).bytes, bytes);
    // Three sequences read their own keys and values, and the weights once.
    EXPECT_DOUBLE_EQ(decode_work(config, form, 3, 10).bytes, bytes + 3 * 10 * 2 * 3 * 128 * element);
  }
}

// A picture twice as deep has twice the tokens: all but the attention among them doubles, and that grows fourfold.
TEST(ModelWork, OperationsOfImages) {
  const ModelConfig config = small_config();
  const auto& vision = config.vision;
  const auto operations = [&](int depth) { return vision_work(config, {}, depth).operations; };
  const double tokens = vision.rows() * vision.columns();
  const double pairs = 4 * tokens * tokens * vision.heads * vision.dim_head * vision.depth;
  // Second difference of a quadratic: 2 * pairs.
  EXPECT_NEAR(operations(12) - 2 * operations(8) + operations(4), 2 * pairs, 1e-9 * operations(12));
  EXPECT_GT(operations(4), pairs + 2 * tokens * vision.depth * (4.0 * 512 * 768 + 2.0 * 768 * 2048));
}

TEST(ModelWork, NamedSizesAreWhatTheySay) {
  EXPECT_FALSE(files_of_sizes("another"));
  EXPECT_NEAR(static_cast<double>(parameters_of(files_of_sizes("published")->config)), 14e9, 1e9);
  EXPECT_EQ(files_of_sizes("published-layer")->config.llama.layers, 1);
  const ModelConfig config = files_of_sizes("2b7")->config;
  double language_bytes = 0;
  for (const auto& tensor : tensors_of(config))
    if (tensor.name.starts_with("lang_model.")) language_bytes += 2 * static_cast<double>(tensor.values());
  EXPECT_NEAR(language_bytes, 2.7e9, 0.05e9);
}

}  // namespace
}  // namespace radfm::model
