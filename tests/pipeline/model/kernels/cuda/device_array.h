// SPDX-License-Identifier: Apache-2.0
// Arrays in the memory of the device that kernels run on: a GPU, or the processor that plays one. The tests that use them are
// compiled for both.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#ifdef RADFM_CUDA
#include <cuda_runtime_api.h>
#else
#include "pipeline/model/kernels/cuda/device_on_processor.h"
#endif

#include "core/result.h"

namespace radfm::kernels::cuda {

#ifdef RADFM_CUDA

inline int gpus() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}
#define DEVICE_OR_SKIP() \
  if (gpus() == 0) GTEST_SKIP() << "compiled, not run: no GPU"
inline void set_order_of_threads(std::uint64_t) {}  // a GPU has its own
inline void check(cudaError_t error) {
  if (error != cudaSuccess) broken_invariant(cudaGetErrorString(error));
}

template <typename Value>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<Value>& values) : size_(values.size()) {
    check(cudaMalloc(&data_, std::max<std::size_t>(1, size_) * sizeof(Value)));
    check(cudaMemcpy(data_, values.data(), size_ * sizeof(Value), cudaMemcpyHostToDevice));
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  Value* data() { return static_cast<Value*>(data_); }
  std::vector<Value> values() {  // once all launches are done
    std::vector<Value> values(size_);
    check(cudaMemcpy(values.data(), data_, size_ * sizeof(Value), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  void* data_ = nullptr;
  std::size_t size_;
};

#else

#define DEVICE_OR_SKIP() static_cast<void>(0)

template <typename Value>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<Value>& values) : memory_(values.size() * sizeof(Value) + 64), size_(values.size()) {
    std::copy(values.begin(), values.end(), data());
  }
  DeviceArray(const DeviceArray&) = delete;
  Value* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    return reinterpret_cast<Value*>((address + 63) / 64 * 64);
  }
  std::vector<Value> values() { return std::vector<Value>(data(), data() + size_); }

 private:
  std::vector<unsigned char> memory_;
  std::size_t size_;
};

#endif

}  // namespace radfm::kernels::cuda
