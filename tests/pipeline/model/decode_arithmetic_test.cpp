// SPDX-License-Identifier: Apache-2.0
// Aim: what a step does between its products is what libtorch's operations do, at widths of all kinds.
#include "pipeline/model/decode_arithmetic.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "pipeline/model/llama.h"

namespace radfm::model {
namespace {

double worst(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(DecodeArithmetic, RmsNorm) {
  for (const std::int64_t width : {1, 15, 16, 17, 72, 5120}) {
    const at::Tensor x = at::randn({1, width}) * 3, weight = at::randn({width});
    const at::Tensor out = at::empty({1, width});
    rms_norm(x.const_data_ptr<float>(), weight.const_data_ptr<float>(), width, 1e-6f, out.data_ptr<float>());
    EXPECT_LT(worst(out, rms_norm(x, weight, 1e-6)), 5e-6) << width;
  }
}

TEST(DecodeArithmetic, RotatesByHalves) {
  LlamaConfig config;
  config.hidden = 72;
  config.heads = 3;
  config.context = 50;
  const at::Tensor cos = rotary_table(config, false), sin = rotary_table(config, true);
  for (const std::int64_t position : {0, 1, 49}) {
    const at::Tensor x = at::randn({1, 3, 1, 24}), out = x.clone();
    rotate(out.data_ptr<float>(), 3, 24, cos.const_data_ptr<float>() + position * 24, sin.const_data_ptr<float>() + position * 24);
    EXPECT_LT(worst(out, rotated(x, cos.narrow(0, position, 1), sin.narrow(0, position, 1))), 1e-6) << position;
  }
}

TEST(DecodeArithmetic, Gate) {
  const at::Tensor g = at::randn({1000}) * 20, up = at::randn({1000});
  const at::Tensor expected = at::silu(g) * up, out = up.clone();
  gate(g.const_data_ptr<float>(), out.data_ptr<float>(), 1000);
  EXPECT_LT(worst(out, expected), 1e-5);
  at::Tensor far = at::zeros({2});  // e^200 is beyond float32: the gate is shut, or open, and no NaN
  far[0] = -200;
  far[1] = 200;
  const at::Tensor ones = at::zeros({2}) + 1;
  gate(far.const_data_ptr<float>(), ones.data_ptr<float>(), 2);
  EXPECT_EQ(ones[0].item<float>(), 0.0f);
  EXPECT_EQ(ones[1].item<float>(), 200.0f);
}

// Only the position's own places are written, rounded to the nearest.
TEST(DecodeArithmetic, WritesOnePosition) {
  const at::Tensor x = at::randn({2, 5});
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const at::Tensor cache = at::zeros({2, 4, 5}, at::TensorOptions(type));
    write_position(x.const_data_ptr<float>(), 2, 5, 4, 2, type == at::kFloat ? kernels::CacheType::f32 : kernels::CacheType::bf16,
                   cache.mutable_data_ptr());
    const at::Tensor expected = at::zeros({2, 4, 5}, at::TensorOptions(type));
    expected.select(1, 2).copy_(x);
    EXPECT_TRUE(at::equal(cache, expected)) << type;
  }
}

}  // namespace
}  // namespace radfm::model
