// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/machine_limits.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>

#include "core/result.h"
#include "pipeline/model/bench/stream_reading.h"
#include "pipeline/model/processor.h"

namespace radfm::model {
namespace {

// Tokens and sizes of one product: large enough that a library is at its best.
constexpr std::int64_t product_tokens = 1024, product_inputs = 2048, product_outputs = 4096;

}  // namespace

double MachineLimits::seconds_of(const Work& work) const {
  return std::max(work.bytes / read_bytes_per_s, work.operations / operations_per_s());
}

LimitMeasurements::LimitMeasurements(c10::Device device, int threads) {
  add_reading(device, threads);
  add_product(device, at::kFloat);
  if (device.is_cuda() || fastest_type_of_16_bits() == at::kBFloat16) add_product(device, at::kBFloat16);
  if (!device.is_cuda()) return;
  const at::Tensor source = at::ones({bandwidth_buffer_bytes / 4}, at::TensorOptions(at::kFloat)).pin_memory();
  const at::Tensor target = at::empty(source.sizes(), at::TensorOptions(at::kFloat).device(device));
  list_.push_back({.kind = "copy to device",
                   .unit = "bytes",
                   .units = static_cast<double>(bandwidth_buffer_bytes),
                   .run = [source, target] { target.copy_(source, true); }});
}

void LimitMeasurements::add_reading(c10::Device device, int threads) {
  const auto bytes = static_cast<double>(bandwidth_buffer_bytes);
  if (device.is_cuda()) {
    const at::Tensor buffer = at::ones({bandwidth_buffer_bytes / 4}, at::TensorOptions(at::kFloat).device(device));
    list_.push_back({.kind = "read", .unit = "bytes", .units = bytes, .run = [buffer] { buffer.sum(); }});
    return;
  }
  const at::Tensor buffer = at::ones({bandwidth_buffer_bytes / 8}, at::TensorOptions(at::kLong));
  for (const ReadingWay& way : reading_ways)
    list_.push_back({.kind = way.prefetched ? "read, asked ahead" : "read",
                     .size = way.streams,
                     .unit = "bytes",
                     .units = bytes,
                     .run = [buffer, threads, way] {
                       const auto* words = static_cast<const std::uint64_t*>(buffer.data_ptr());
                       if (read_streamed(words, buffer.numel(), way, threads) == 0) broken_invariant("ones that sum to nothing");
                     }});
}

void LimitMeasurements::add_product(c10::Device device, at::ScalarType type) {
  const at::TensorOptions options = at::TensorOptions(type).device(device);
  const at::Tensor x = at::ones({product_tokens, product_inputs}, options);
  const at::Tensor weights = at::ones({product_outputs, product_inputs}, options);
  list_.push_back({.kind = type == at::kFloat ? "product f32" : "product bf16",
                   .unit = "operations",
                   .units = 2.0 * product_tokens * product_inputs * product_outputs,
                   .run = [x, weights] {
                     const at::NoGradGuard no_grad;
                     at::linear(x, weights);
                   }});
}

MachineLimits LimitMeasurements::limits(const std::vector<Timing>& timings) const {
  MachineLimits limits;
  for (std::size_t i = 0; i < list_.size(); ++i) {
    const double rate = list_[i].units / timings[i].median_s;
    if (list_[i].kind.starts_with("read")) {
      if (rate > limits.read_bytes_per_s) limits.read_bytes_per_s = rate, limits.read_way = name_of(list_[i]);
    } else if (list_[i].kind == "product f32") {
      limits.f32_operations_per_s = rate;
    } else if (list_[i].kind == "product bf16") {
      limits.bf16_operations_per_s = rate;
    } else {
      limits.to_device_bytes_per_s = rate;
    }
  }
  return limits;
}

}  // namespace radfm::model
