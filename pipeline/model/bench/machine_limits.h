// SPDX-License-Identifier: Apache-2.0
// What bounds a model's speed on a machine, measured by the same means that the model has: reading memory, multiplying
// matrices through libtorch, copying to a GPU.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <string>
#include <vector>

#include "pipeline/model/bench/measurement.h"

namespace radfm::model {

inline constexpr std::int64_t bandwidth_buffer_bytes = std::int64_t{1} << 30;  // larger than any cache

// Medians over the rounds, as of what is compared with them. 0: not measured.
struct MachineLimits {
  double read_bytes_per_s = 0;
  std::string read_way;  // the fastest one
  double f32_operations_per_s = 0;
  double bf16_operations_per_s = 0;       // where the device multiplies bf16 itself
  double to_device_bytes_per_s = 0;       // of a GPU

  double operations_per_s() const { return std::max(f32_operations_per_s, bf16_operations_per_s); }
  // The least time in which this machine does that work.
  double seconds_of(const Work& work) const;
};

// Holds the buffers that are read and multiplied.
class LimitMeasurements {
 public:
  LimitMeasurements(c10::Device device, int threads);
  const std::vector<Measurement>& list() const { return list_; }
  // From the timings of the list.
  MachineLimits limits(const std::vector<Timing>& timings) const;

 private:
  void add_reading(c10::Device device, int threads);
  void add_product(c10::Device device, at::ScalarType type);
  std::vector<Measurement> list_;
};

}  // namespace radfm::model
