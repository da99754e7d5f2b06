// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/packed_llama.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/silu.h>

#include <algorithm>

#include "pipeline/model/kernels/packing.h"
#include "pipeline/model/llama.h"
#include "pipeline/model/processor.h"

namespace radfm::model {
namespace {

// Of a matrix that is unpacked at once: small enough to be in the caches when it is multiplied, large enough for its product.
constexpr std::int64_t piece_bytes = std::int64_t{8} << 20;

std::int64_t rows_of_piece(const kernels::PackedShape& shape, std::int64_t element_bytes) {
  const std::int64_t tiles = piece_bytes / (shape.columns * element_bytes * kernels::tile_rows);
  return std::max<std::int64_t>(1, tiles) * kernels::tile_rows;
}

// Rows [first, first + count) into a matrix of theirs.
void unpack(const kernels::PackedMatrix& matrix, std::int64_t first, std::int64_t count, const at::Tensor& rows) {
  if (rows.scalar_type() == at::kFloat)
    kernels::unpack_rows(matrix, first, count, rows.data_ptr<float>());
  else
    kernels::unpack_rows(matrix, first, count, static_cast<std::uint16_t*>(rows.data_ptr()));
}

}  // namespace

PackedLlama::PackedLlama(const LlamaConfig& config, const Weights& weights)
    : PackedLlama(config, weights, fastest_type_of_16_bits()) {}

PackedLlama::PackedLlama(const LlamaConfig& config, const Weights& weights, at::ScalarType product_type)
    : config_(config),
      embedding_(weights.at("lang_model.model.embed_tokens.weight")),
      norm_(exact_weight(weights, "lang_model.model.norm.weight")),
      head_(weights.packed_tensor("lang_model.lm_head.weight")),
      cos_(rotary_table(config, false)),
      sin_(rotary_table(config, true)) {
  for (int i = 0; i < config.layers; ++i)
    layers_.emplace_back(weights, i);
  const bool is_exact = layers_.front().q.shape.type == kernels::PackedType::f32;
  cache_type_ = is_exact ? kernels::CacheType::f32 : kernels::CacheType::bf16;
  product_type_ = is_exact ? at::kFloat : product_type;
  if (embedding_.scalar_type() != at::kFloat && embedding_.scalar_type() != at::kBFloat16)
    broken_invariant("the embedding table of packed weights is float32 or bfloat16");
  embedding_ = embedding_.contiguous();
}

at::Tensor PackedLlama::embed(const at::Tensor& ids) const {
  return at::embedding(embedding_, ids).to(at::kFloat);
}

KeyValueCache PackedLlama::make_cache(std::int64_t capacity) const {
  return {config_, capacity, at::TensorOptions(cache_type_ == kernels::CacheType::f32 ? at::kFloat : at::kBFloat16)};
}

// x [T, columns] of the products' type -> [T, rows] of the same.
at::Tensor PackedLlama::product(const at::Tensor& x, const PackedTensor& matrix, at::Tensor& scratch) const {
  const std::int64_t rows = matrix.shape.rows, columns = matrix.shape.columns;
  const std::int64_t piece = rows_of_piece(matrix.shape, static_cast<std::int64_t>(x.element_size()));
  if (!scratch.defined() || scratch.numel() < piece * columns) scratch = at::empty({piece * columns}, x.options());
  const at::Tensor out = at::empty({x.size(0), rows}, x.options());
  for (std::int64_t first = 0; first < rows; first += piece) {
    const std::int64_t count = std::min(piece, rows - first);
    const at::Tensor unpacked = scratch.narrow(0, 0, count * columns).view({count, columns});
    unpack(matrix.matrix(), first, count, unpacked);
    out.narrow(1, first, count).copy_(at::linear(x, unpacked));
  }
  return out;
}

// x [T, hidden] of the products' type. The new keys and values are written to the cache and read from it, rounded as decoding
// will read them.
at::Tensor PackedLlama::prompt_attention(const at::Tensor& x, const PackedLayer& layer, at::Tensor& keys, at::Tensor& values,
                                         at::Tensor& scratch) const {
  const std::int64_t count = x.size(0);
  const at::Tensor cos = cos_.narrow(0, 0, count), sin = sin_.narrow(0, 0, count);
  const auto by_head = [&](const at::Tensor& projected) {  // [T, hidden] -> [1, heads, T, width]
    return projected.view({1, count, config_.heads, config_.head_width()}).transpose(1, 2);
  };
  const at::Tensor q = rotated(by_head(product(x, layer.q, scratch)), cos, sin);
  const at::Tensor read_keys = keys.narrow(2, 0, count), read_values = values.narrow(2, 0, count);
  read_keys.copy_(rotated(by_head(product(x, layer.k, scratch)), cos, sin));
  read_values.copy_(by_head(product(x, layer.v, scratch)));
  const at::Tensor mixed = at::scaled_dot_product_attention(q, read_keys.to(product_type_), read_values.to(product_type_), {},
                                                            0.0, count > 1);
  return product(mixed.transpose(1, 2).reshape({count, config_.hidden}), layer.o, scratch);
}

at::Tensor PackedLlama::read_layer(int layer, const at::Tensor& x, KeyValueCache& cache) const {
  const at::NoGradGuard no_grad;
  const std::int64_t count = x.size(0);
  if (cache.length() > 0) broken_invariant("a prompt is read into an empty cache");
  if (count > cache.capacity() || count > config_.context)
    broken_invariant("more tokens than the cache or the context holds");
  const auto i = static_cast<std::size_t>(layer);
  const PackedLayer& own = layers_[i];
  at::Tensor scratch;
  const at::Tensor read = rms_norm(x, own.attention_norm, config_.rms_norm_eps).to(product_type_);
  const at::Tensor mixed = x + prompt_attention(read, own, cache.keys(i), cache.values(i), scratch);
  const at::Tensor thought = rms_norm(mixed, own.mlp_norm, config_.rms_norm_eps).to(product_type_);
  const at::Tensor inner = at::silu(product(thought, own.gate, scratch)).mul_(product(thought, own.up, scratch));
  if (i + 1 == layers_.size()) cache.grow(count);
  return mixed + product(inner, own.down, scratch);
}

at::Tensor PackedLlama::prompt_logits(const at::Tensor& x) const {
  const at::NoGradGuard no_grad;
  const at::Tensor hidden = rms_norm(x, norm_, config_.rms_norm_eps).contiguous();
  return logits(hidden.const_data_ptr<float>(), hidden.size(0));
}

}  // namespace radfm::model
