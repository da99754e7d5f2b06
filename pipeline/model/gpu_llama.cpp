// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/gpu_llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>

#include <algorithm>
#include <bit>

#include "pipeline/model/gpu_products.h"
#include "pipeline/model/gpu_step.h"
#include "pipeline/model/kernels/cuda/unpack.h"
#include "pipeline/model/llama.h"

namespace radfm::model {

using namespace kernels::cuda;

GpuLlama::GpuLlama(const LlamaConfig& config, const Weights& weights) : weights_(config, weights) {}
GpuLlama::~GpuLlama() = default;

at::Tensor GpuLlama::embed(const at::Tensor& ids) const { return at::embedding(weights_.embedding, ids).to(at::kFloat); }

KeyValueCache GpuLlama::make_cache(std::int64_t capacity) const {
  return {weights_.config, capacity, weights_.embedding.options()};
}

// x bfloat16 [T, columns] -> bfloat16 [T, rows].
at::Tensor GpuLlama::product(const at::Tensor& x, const PackedTensor& matrix) const {
  const at::Tensor unpacked = at::empty({matrix.shape.rows, matrix.shape.columns}, x.options());
  launch_unpack(matrix.shape.type, device_matrix(matrix), matrix.shape.columns, static_cast<std::uint16_t*>(unpacked.data_ptr()),
                current_stream(weights_.device()));
  return at::linear(x, unpacked);
}

// x bfloat16 [T, hidden]. The new keys and values are written to the cache and read from it.
at::Tensor GpuLlama::prompt_attention(const at::Tensor& x, const PackedLayer& layer, at::Tensor& keys,
                                      at::Tensor& values) const {
  const LlamaConfig& config = weights_.config;
  const std::int64_t count = x.size(0);
  const at::Tensor cos = weights_.cos.narrow(0, 0, count), sin = weights_.sin.narrow(0, 0, count);
  const auto by_head = [&](const at::Tensor& projected) {  // [T, hidden] -> [1, heads, T, width]
    return projected.view({1, count, config.heads, config.head_width()}).transpose(1, 2);
  };
  const at::Tensor q = rotated(by_head(product(x, layer.q)), cos, sin);
  const at::Tensor read_keys = keys.narrow(2, 0, count), read_values = values.narrow(2, 0, count);
  read_keys.copy_(rotated(by_head(product(x, layer.k)), cos, sin));
  read_values.copy_(by_head(product(x, layer.v)));
  const at::Tensor mixed = at::scaled_dot_product_attention(q, read_keys, read_values, {}, 0.0, count > 1);
  return product(mixed.transpose(1, 2).reshape({count, config.hidden}), layer.o);
}

at::Tensor GpuLlama::read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const {
  const at::NoGradGuard no_grad;
  const std::int64_t count = x.size(0);
  if (cache.length() > 0) broken_invariant("a prompt is read into an empty cache");
  if (count > cache.capacity() || count > weights_.config.context)
    broken_invariant("more tokens than the cache or the context holds");
  const auto i = static_cast<std::size_t>(layer);
  const PackedLayer& own = weights_.layers[i];
  const double eps = weights_.config.rms_norm_eps;
  const at::Tensor read = rms_norm(x, own.attention_norm, eps).to(at::kBFloat16);
  const at::Tensor mixed = x + prompt_attention(read, own, cache.keys(i), cache.values(i));
  const at::Tensor thought = rms_norm(mixed, own.mlp_norm, eps).to(at::kBFloat16);
  const at::Tensor inner = at::silu(product(thought, own.gate)).mul_(product(thought, own.up));
  if (i + 1 == weights_.layers.size()) cache.grow(count);
  return mixed + product(inner, own.down);
}

at::Tensor GpuLlama::head_logits(const at::Tensor& x) const {
  const at::NoGradGuard no_grad;
  const std::lock_guard lock(stepping_);
  if (!head_products_) head_products_ = std::make_unique<GpuProducts>(weights_, vectors_max);
  const int count = static_cast<int>(x.size(0));
  const at::Tensor exact = x.to(at::kFloat).contiguous();
  const at::Tensor logits = at::empty({count, weights_.config.vocab}, exact.options());
  const Stream stream = current_stream(weights_.device());
  Norm norm;
  norm.x = exact.data_ptr<float>();
  norm.weight = weights_.norm.const_data_ptr<float>();
  norm.eps = static_cast<float>(weights_.config.rms_norm_eps);
  head_products_->multiply({&weights_.head}, [&](const PreparedSpace& space) { launch_norm(norm, space, stream); }, count,
                           logits.data_ptr<float>(), stream);
  return logits;
}

at::Tensor GpuLlama::prompt_logits(const at::Tensor& x) const {
  const at::Tensor logits = at::empty({x.size(0), weights_.config.vocab}, x.options().dtype(at::kFloat));
  for (std::int64_t first = 0; first < x.size(0); first += vectors_max) {
    const std::int64_t count = std::min<std::int64_t>(vectors_max, x.size(0) - first);
    logits.narrow(0, first, count).copy_(head_logits(x.narrow(0, first, count)));
  }
  return logits;
}

GpuStep& GpuLlama::step_of(int size) const {
  auto& step = steps_[std::countr_zero(static_cast<unsigned>(size))];
  if (!step) step = std::make_unique<GpuStep>(weights_, size);
  return *step;
}

at::Tensor GpuLlama::step(const std::vector<NextToken>& tokens) const {
  const at::NoGradGuard no_grad;
  const std::lock_guard lock(stepping_);
  const at::Tensor logits = at::empty({static_cast<std::int64_t>(tokens.size()), weights_.config.vocab},
                                      at::TensorOptions(at::kFloat).pinned_memory(weights_.device().is_cuda()));
  for (std::size_t first = 0; first < tokens.size(); first += sequences_max) {
    const auto begin = tokens.begin() + static_cast<std::ptrdiff_t>(first);
    const std::size_t count = std::min<std::size_t>(sequences_max, tokens.size() - first);
    const std::vector<NextToken> group(begin, begin + static_cast<std::ptrdiff_t>(count));
    for (const NextToken& token : group)
      if (token.cache->length() >= token.cache->capacity() || token.cache->length() >= weights_.config.context)
        broken_invariant("more tokens than the cache or the context holds");
    GpuStep& step = step_of(step_size(static_cast<int>(count)));
    step.run(group);
    logits.narrow(0, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count))
        .copy_(step.logits().narrow(0, 0, static_cast<std::int64_t>(count)));
    for (const NextToken& token : group) token.cache->grow(1);
  }
  return logits;
}

}  // namespace radfm::model
