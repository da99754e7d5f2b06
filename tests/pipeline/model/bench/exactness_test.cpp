// SPDX-License-Identifier: Apache-2.0
// Aim: a network equals itself, and one with a changed weight is told apart by its logits and its tokens.
#include "pipeline/model/bench/exactness.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <gtest/gtest.h>

#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

Radfm network(float head_sign) {
  const auto config = *parse_model_config(tiny_config_json().dump());
  std::unordered_map<std::string, at::Tensor> tensors;
  for (const auto& spec : tensors_of(config)) {
    at::Tensor tensor = at::empty(spec.shape, at::TensorOptions(at::kFloat));
    draw_tensor("test", spec, tensor.data_ptr<float>());
    if (spec.name == "lang_model.lm_head.weight") tensor = tensor.mul(head_sign);
    tensors.emplace(spec.name, tensor);
  }
  return {config, Weights::of_tensors(std::move(tensors))};
}

TEST(Exactness, ANetworkEqualsItself) {
  const auto exactness = exactness_of(network(1), network(1));
  ASSERT_TRUE(exactness.ok()) << exactness.error().message;
  EXPECT_EQ(exactness->logit_difference, 0);
  EXPECT_EQ(exactness->tokens_equal, exactness->tokens);
  EXPECT_GT(exactness->tokens, 0);
  EXPECT_GT(exactness->logit_range, 0);
  EXPECT_EQ(exactness->lead_lost, 0);
}

// Logits with the other sign: the likeliest token is the least likely one.
TEST(Exactness, AnotherHeadIsSeen) {
  const auto exactness = exactness_of(network(-1), network(1));
  ASSERT_TRUE(exactness.ok()) << exactness.error().message;
  EXPECT_EQ(exactness->tokens_equal, 0);
  EXPECT_GT(exactness->lead_lost, 0);
  EXPECT_GE(exactness->logit_difference, exactness->logit_range);
}

// A value that is none must not be lost among the others.
TEST(Exactness, ANumberThatIsNoneIsInfinitelyFar) {
  const auto exactness = exactness_of(network(INFINITY), network(1));
  ASSERT_TRUE(exactness.ok()) << exactness.error().message;
  EXPECT_EQ(exactness->logit_difference, INFINITY);
}

}  // namespace
}  // namespace radfm::model
