// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/cuda_device.h"

#include "core/result.h"

#ifdef RADFM_CUDA

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <cstdlib>
#include <utility>

namespace radfm::model::cuda {

bool built_in() { return true; }

int device_count() { return c10::cuda::device_count(); }

std::string device_name(int device) {
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  return properties.name;
}

bool runs_kernels(int device) {
  int major = 0;
  C10_CUDA_CHECK(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  return major >= 8;
}

Memory memory(int device) {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  std::size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return {static_cast<std::int64_t>(free), static_cast<std::int64_t>(total)};
}

std::int64_t peak_bytes(int device) {
  using c10::CachingDeviceAllocator::StatType;
  const auto statistics =
      c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
  return statistics.reserved_bytes[static_cast<std::size_t>(StatType::AGGREGATE)].peak;
}

void synchronize(int device) {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  c10::cuda::device_synchronize();
}

Arrival::Arrival(int device) : device_(device) {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  cudaEvent_t event = nullptr;
  C10_CUDA_CHECK(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
  event_ = event;
}

Arrival::Arrival(Arrival&& other) noexcept : device_(other.device_), event_(std::exchange(other.event_, nullptr)) {}

Arrival::~Arrival() {
  if (event_ != nullptr) C10_CUDA_CHECK_WARN(cudaEventDestroy(static_cast<cudaEvent_t>(event_)));
}

void Arrival::of_all_so_far() {
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device_));
  C10_CUDA_CHECK(cudaEventRecord(static_cast<cudaEvent_t>(event_), c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device_))));
}

void Arrival::wait() { C10_CUDA_CHECK(cudaEventSynchronize(static_cast<cudaEvent_t>(event_))); }

void set_deterministic() {
  // cuBLAS reads this when its first handle is made; without it two streams may sum in another order.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 1);
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
  context.setBenchmarkCuDNN(false);
  context.setDeterministicCuDNN(true);
  context.setDeterministicAlgorithms(true, /*warn_only=*/true);
  context.setDeterministicFillUninitializedMemory(false);  // nothing of ours reads memory before writing it
}

}  // namespace radfm::model::cuda

#else

namespace radfm::model::cuda {
namespace {

[[noreturn]] void none() { broken_invariant("a GPU was asked in a build without CUDA"); }

}  // namespace

bool built_in() { return false; }
int device_count() { return 0; }
std::string device_name(int) { none(); }
bool runs_kernels(int) { none(); }
Memory memory(int) { none(); }
std::int64_t peak_bytes(int) { none(); }
void synchronize(int) { none(); }
Arrival::Arrival(int device) : device_(device) { none(); }
Arrival::Arrival(Arrival&& other) noexcept : device_(other.device_) { none(); }
Arrival::~Arrival() = default;
void Arrival::of_all_so_far() { none(); }
void Arrival::wait() { none(); }
void set_deterministic() {}

}  // namespace radfm::model::cuda

#endif
