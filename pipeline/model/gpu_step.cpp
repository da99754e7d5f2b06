// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/gpu_step.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace radfm::model {
namespace {

using namespace kernels::cuda;

std::int64_t rows_bytes(int size) { return (std::int64_t{size} * static_cast<std::int64_t>(sizeof(StepRow)) + 15) / 16 * 16; }

// Memory on the host that the device reads and writes while the host goes on.
at::Tensor host_bytes(std::int64_t bytes, c10::Device device) {
  return at::empty({bytes}, at::TensorOptions(at::kByte).pinned_memory(device.is_cuda()));
}

}  // namespace

GpuStep::GpuStep(const GpuLlamaWeights& weights, int size)
    : weights_(weights), size_(size), products_(weights, std::min(size, vectors_max)) {
  const LlamaConfig& config = weights.config;
  const c10::Device device = weights.device();
  const auto floats = at::TensorOptions(at::kFloat).device(device);
  const auto bytes = floats.dtype(at::kByte);
  const std::int64_t told = rows_bytes(size) + std::int64_t{config.layers} * size * static_cast<std::int64_t>(sizeof(CacheAddresses));
  told_ = at::empty({told}, bytes);
  host_told_ = host_bytes(told, device);
  x_ = at::empty({size, config.hidden}, floats);
  added_ = at::empty({size, config.hidden}, floats);
  qkv_ = at::empty({size, 3 * config.hidden}, floats);
  attended_ = at::empty({size, config.hidden}, floats);
  gate_up_ = at::empty({size, 2 * config.mlp}, floats);
  attention_partials_ = at::empty({attention_partial_floats(size, config.heads, config.head_width(), config.context)}, floats);
  attention_counters_ = at::zeros({size * config.heads}, floats.dtype(at::kInt));
  logits_ = at::empty({size, config.vocab}, floats);
  likeliest_ = at::empty({size * static_cast<std::int64_t>(sizeof(Likeliest))}, bytes);
  host_likeliest_ = host_bytes(likeliest_.numel(), device);
  tell({});
  wait_for_stream(device);
  recorded_ = std::make_unique<CapturedLaunches>(device, [this](Stream stream) { launch(stream); });
}

StepRow* GpuStep::rows(const at::Tensor& memory) const { return static_cast<StepRow*>(memory.data_ptr()); }

CacheAddresses* GpuStep::addresses(const at::Tensor& memory, std::size_t layer) const {
  auto* first = static_cast<std::uint8_t*>(memory.data_ptr()) + rows_bytes(size_);
  return reinterpret_cast<CacheAddresses*>(first) + layer * static_cast<std::size_t>(size_);
}

const Likeliest& GpuStep::likeliest(std::size_t i) const {
  return static_cast<const Likeliest*>(host_likeliest_.const_data_ptr())[i];
}

void GpuStep::tell(const std::vector<NextToken>& tokens) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(size_); ++i) {
    const NextToken* token = i < tokens.size() ? &tokens[i] : nullptr;
    rows(host_told_)[i] = token ? StepRow{token->id, static_cast<std::int32_t>(token->cache->length()),
                                          static_cast<std::int32_t>(token->cache->capacity())}
                                : StepRow{};
    for (std::size_t layer = 0; layer < weights_.layers.size(); ++layer)
      addresses(host_told_, layer)[i] = token ? CacheAddresses{static_cast<std::uint16_t*>(token->cache->keys(layer).data_ptr()),
                                                               static_cast<std::uint16_t*>(token->cache->values(layer).data_ptr())}
                                              : CacheAddresses{};
  }
  told_.copy_(host_told_, /*non_blocking=*/true);
}

// Products take so many vectors at a time: each(first row, rows).
template <typename Each>
void GpuStep::by_groups(const Each& each) {
  for (int first = 0; first < size_; first += vectors_max) each(first, std::min(vectors_max, size_ - first));
}

Norm GpuStep::norm(const at::Tensor& weight, bool first, int row) {
  const std::int64_t at = std::int64_t{row} * weights_.config.hidden;
  Norm norm;
  norm.x = x_.data_ptr<float>() + at;
  if (first)
    norm.embedding = {rows(told_) + row, static_cast<const std::uint16_t*>(weights_.embedding.const_data_ptr())};
  else
    norm.added = added_.data_ptr<float>() + at;
  norm.weight = weight.const_data_ptr<float>();
  norm.eps = static_cast<float>(weights_.config.rms_norm_eps);
  return norm;
}

void GpuStep::launch_layer(std::size_t i, Stream stream) {
  const LlamaConfig& config = weights_.config;
  const std::int64_t hidden = config.hidden, mlp = config.mlp;
  const auto& layer = weights_.layers[i];
  by_groups([&](int row, int count) {
    const auto normed = [&](const PreparedSpace& space) { launch_norm(norm(layer.attention_norm, i == 0, row), space, stream); };
    products_.multiply({&layer.q, &layer.k, &layer.v}, normed, count, qkv_.data_ptr<float>() + row * 3 * hidden, stream);
  });
  launch_attention({qkv_.data_ptr<float>(), size_, config.heads, config.head_width(), config.context, rows(told_),
                    addresses(told_, i), weights_.cos.const_data_ptr<float>(), weights_.sin.const_data_ptr<float>(),
                    attention_partials_.data_ptr<float>(), static_cast<unsigned*>(attention_counters_.data_ptr()),
                    attended_.data_ptr<float>()},
                   stream);
  by_groups([&](int row, int count) {
    float* added = added_.data_ptr<float>() + row * hidden;
    float* gate_up = gate_up_.data_ptr<float>() + row * 2 * mlp;
    const auto plain = [&](const PreparedSpace& space) { launch_plain(attended_.data_ptr<float>() + row * hidden, space, stream); };
    const auto normed = [&](const PreparedSpace& space) { launch_norm(norm(layer.mlp_norm, false, row), space, stream); };
    const auto gated = [&](const PreparedSpace& space) { launch_gated(gate_up, space, stream); };
    products_.multiply({&layer.o}, plain, count, added, stream);
    products_.multiply({&layer.gate, &layer.up}, normed, count, gate_up, stream);
    products_.multiply({&layer.down}, gated, count, added, stream);
  });
}

void GpuStep::launch(Stream stream) {
  for (std::size_t layer = 0; layer < weights_.layers.size(); ++layer) launch_layer(layer, stream);
  const int vocab = weights_.config.vocab;
  by_groups([&](int row, int count) {
    const auto normed = [&](const PreparedSpace& space) { launch_norm(norm(weights_.norm, false, row), space, stream); };
    products_.multiply({&weights_.head}, normed, count, logits_.data_ptr<float>() + std::int64_t{row} * vocab, stream);
  });
  launch_likeliest(logits_.data_ptr<float>(), size_, vocab, static_cast<Likeliest*>(likeliest_.data_ptr()), stream);
}

void GpuStep::run(const std::vector<NextToken>& tokens) {
  tell(tokens);
  recorded_->replay();
  host_likeliest_.copy_(likeliest_, /*non_blocking=*/true);
  wait_for_stream(weights_.device());
}

}  // namespace radfm::model
