// SPDX-License-Identifier: Apache-2.0
// One token more of several sequences: no operation of libtorch, and none in which two sequences meet but the kernels' products.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/util/BFloat16.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "pipeline/model/decode_arithmetic.h"
#include "pipeline/model/kernels/matrix_vector.h"
#include "pipeline/model/packed_llama.h"

namespace radfm::model {
namespace {

constexpr std::int64_t values_of_a_thread = 8192;  // fewer are not worth another one

void add(const std::vector<float>& more, std::vector<float>& x) {
  for (std::size_t i = 0; i < x.size(); ++i) x[i] += more[i];
}

}  // namespace

// What a step has in hand; each [sequence][..].
struct PackedLlama::Step {
  Step(const LlamaConfig& config, const std::vector<NextToken>& next)
      : tokens(next),
        count(static_cast<std::int64_t>(next.size())),
        x(next.size() * static_cast<std::size_t>(config.hidden)),
        normed(x.size()),
        q(x.size()),
        k(x.size()),
        v(x.size()),
        mixed(x.size()),
        more(x.size()),
        gate(next.size() * static_cast<std::size_t>(config.mlp)),
        up(gate.size()) {}

  // Each sequence's work, on whichever thread.
  template <class Work>
  void each(const Work& work) const {
    at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t sequence = begin; sequence < end; ++sequence) work(sequence);
    });
  }
  void norm(const at::Tensor& weight, float eps) {
    const std::int64_t width = weight.numel();
    each([&](std::int64_t sequence) {
      rms_norm(x.data() + sequence * width, weight.const_data_ptr<float>(), width, eps, normed.data() + sequence * width);
    });
  }
  // x [count][columns] -> y [count][rows]; `prepared` stays ready for other matrices of the same columns and type.
  void prepare(const PackedTensor& matrix, const std::vector<float>& values) {
    prepared.prepare(matrix.shape, values.data(), count, matrix.shape.columns);
  }
  void multiply(std::initializer_list<std::pair<const PackedTensor*, std::vector<float>*>> matrices) const {
    std::array<kernels::ProductOf, 3> products;
    std::size_t used = 0;
    for (const auto& [matrix, y] : matrices) products[used++] = {matrix->matrix(), y->data(), matrix->shape.rows};
    kernels::multiply({products.data(), used}, prepared);
  }

  const std::vector<NextToken>& tokens;
  const std::int64_t count;
  std::vector<float> x, normed, q, k, v, mixed, more, gate, up;
  kernels::PreparedVectors prepared;
};

void PackedLlama::read_embedding(std::int64_t id, float* out) const {
  const std::int64_t width = config_.hidden;
  if (embedding_.scalar_type() == at::kFloat)
    std::copy_n(embedding_.const_data_ptr<float>() + id * width, width, out);
  else
    std::copy_n(embedding_.const_data_ptr<c10::BFloat16>() + id * width, width, out);
}

void PackedLlama::attention(Step& step, std::size_t layer) const {
  const PackedLayer& own = layers_[layer];
  const std::int64_t hidden = config_.hidden, heads = config_.heads, width = config_.head_width();
  step.norm(own.attention_norm, static_cast<float>(config_.rms_norm_eps));
  step.prepare(own.q, step.normed);
  step.multiply({{&own.q, &step.q}, {&own.k, &step.k}, {&own.v, &step.v}});
  std::vector<kernels::AttentionQuestion> questions(step.tokens.size());
  step.each([&](std::int64_t sequence) {
    const auto i = static_cast<std::size_t>(sequence);
    KeyValueCache& cache = *step.tokens[i].cache;
    const std::int64_t position = cache.length(), capacity = cache.capacity();
    const float* cos = cos_.const_data_ptr<float>() + position * width;
    const float* sin = sin_.const_data_ptr<float>() + position * width;
    float* q = step.q.data() + sequence * hidden;
    float* k = step.k.data() + sequence * hidden;
    void* keys = cache.keys(layer).mutable_data_ptr();
    void* values = cache.values(layer).mutable_data_ptr();
    rotate(q, heads, width, cos, sin);
    rotate(k, heads, width, cos, sin);
    write_position(k, heads, width, capacity, position, cache_type_, keys);
    write_position(step.v.data() + sequence * hidden, heads, width, capacity, position, cache_type_, values);
    questions[i] = {q, {cache_type_, keys, values, heads, capacity, width, position + 1}, step.mixed.data() + sequence * hidden};
  });
  kernels::attend(questions.data(), step.count);
  step.prepare(own.o, step.mixed);
  step.multiply({{&own.o, &step.more}});
  add(step.more, step.x);
}

void PackedLlama::mlp(Step& step, const PackedLayer& layer) const {
  step.norm(layer.mlp_norm, static_cast<float>(config_.rms_norm_eps));
  step.prepare(layer.gate, step.normed);
  step.multiply({{&layer.gate, &step.gate}, {&layer.up, &step.up}});
  at::parallel_for(0, step.count * config_.mlp, values_of_a_thread, [&](std::int64_t begin, std::int64_t end) {
    gate(step.gate.data() + begin, step.up.data() + begin, end - begin);
  });
  step.prepare(layer.down, step.up);
  step.multiply({{&layer.down, &step.more}});
  add(step.more, step.x);
}

at::Tensor PackedLlama::logits(const float* hidden, std::int64_t count) const {
  const at::Tensor out = at::empty({count, config_.vocab}, at::TensorOptions(at::kFloat));
  kernels::PreparedVectors prepared;
  prepared.prepare(head_.shape, hidden, count, config_.hidden);
  kernels::multiply(head_.matrix(), prepared, out.data_ptr<float>(), config_.vocab);
  return out;
}

at::Tensor PackedLlama::step(const std::vector<NextToken>& tokens) const {
  Step step(config_, tokens);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const KeyValueCache& cache = *tokens[i].cache;
    if (cache.length() >= std::min<std::int64_t>(cache.capacity(), config_.context))
      broken_invariant("more tokens than the cache or the context holds");
    read_embedding(tokens[i].id, step.x.data() + i * static_cast<std::size_t>(config_.hidden));
  }
  for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
    attention(step, layer);
    mlp(step, layers_[layer]);
  }
  for (const NextToken& token : tokens) token.cache->grow(1);
  step.norm(norm_, static_cast<float>(config_.rms_norm_eps));
  return logits(step.normed.data(), step.count);
}

}  // namespace radfm::model
