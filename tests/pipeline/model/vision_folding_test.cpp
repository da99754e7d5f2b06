// SPDX-License-Identifier: Apache-2.0
// Aim: an image of three equal channels gives the same tokens through one channel of folded weights, and the tower in steps gives
// what it gives at once.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>

#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().max().item<double>();
}

struct FoldingCase {
  WeightType type;
  double tolerance;  // of tokens that are about 1
};

class VisionFolding : public testing::TestWithParam<FoldingCase> {
 protected:
  TestNetwork network_ = drawn_network({c10::kCPU, GetParam().type});
};

TEST_P(VisionFolding, EqualChannelsAreOne) {
  const at::NoGradGuard no_grad;
  VisionEncoder encoder(network_.config.vision, network_.weights);
  const at::Tensor grey = at::rand({1, 16, 16, 8}).to(scalar_type(GetParam().type));
  const at::Tensor expected = encoder.forward(grey.expand({3, 16, 16, 8}));
  EXPECT_FALSE(encoder.folds());
  encoder.fold_equal_channels();
  const double difference = worst(encoder.forward(grey), expected);
  std::cout << compute_type_name(GetParam().type) << ": " << difference << "\n";
  EXPECT_LT(difference, GetParam().tolerance);
  EXPECT_EQ(worst(encoder.forward(grey.expand({3, 16, 16, 8})), expected), 0.0);  // any image is read as before
}

TEST_P(VisionFolding, InStepsIsTheSame) {
  const auto at_once = [&](const ModelInput& input) { return network_.radfm.encode_image(input, 1); };
  const auto in_steps = [&](const ModelInput& input) {
    at::Tensor x = network_.radfm.begin_image(input, 1);
    for (int layer = 0; layer < network_.config.vision.depth; ++layer) x = network_.radfm.image_layer(layer, x);
    return network_.radfm.end_image(x);
  };
  ModelInput input{2, 16, 16, 4, {}};
  for (std::size_t i = 0; i < 2 * 3 * 16 * 16 * 4; ++i) input.values.push_back(drawn_unit(name_hash("picture"), i));
  ModelInput grey = input;
  for (std::size_t i = 0; i < 16 * 16 * 4; ++i) {
    float* second = grey.values.data() + 3 * 16 * 16 * 4;
    second[16 * 16 * 4 + i] = second[2 * 16 * 16 * 4 + i] = second[i];
  }
  EXPECT_TRUE(at::equal(at_once(input), in_steps(input)));
  EXPECT_TRUE(at::equal(at_once(grey), in_steps(grey)));
  EXPECT_GT(worst(at_once(input), at_once(grey)), 0.0);  // colours count
}

INSTANTIATE_TEST_SUITE_P(Types, VisionFolding, testing::Values(FoldingCase{WeightType::f32, 1e-5}, FoldingCase{WeightType::bf16, 0.1}));

}  // namespace
}  // namespace radfm::model
