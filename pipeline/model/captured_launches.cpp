// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/captured_launches.h"

#include "core/result.h"

#ifdef RADFM_CUDA

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

namespace radfm::model {

kernels::cuda::Stream current_stream(c10::Device device) {
  return device.is_cuda() ? c10::cuda::getCurrentCUDAStream(device.index()).stream() : nullptr;
}

void wait_for_stream(c10::Device device) {
  if (device.is_cuda()) c10::cuda::getCurrentCUDAStream(device.index()).synchronize();
}

CapturedLaunches::CapturedLaunches(c10::Device device, std::function<void(kernels::cuda::Stream)> launches)
    : device_(device), launches_(std::move(launches)) {
  const c10::cuda::CUDAGuard guard(device);
  c10::cuda::device_synchronize();
  // A stream of its own: the default one cannot be recorded. The trial loads the kernels, which recording must not.
  const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index());
  launches_(side.stream());
  side.synchronize();
  C10_CUDA_CHECK(cudaStreamBeginCapture(side.stream(), cudaStreamCaptureModeThreadLocal));
  launches_(side.stream());
  cudaGraph_t graph = nullptr;
  C10_CUDA_CHECK(cudaStreamEndCapture(side.stream(), &graph));
  cudaGraphExec_t recorded = nullptr;
  const cudaError_t made = cudaGraphInstantiate(&recorded, graph, 0);
  C10_CUDA_CHECK(cudaGraphDestroy(graph));
  C10_CUDA_CHECK(made);
  recorded_ = recorded;
}

CapturedLaunches::~CapturedLaunches() {
  if (recorded_) cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(recorded_));
}

void CapturedLaunches::replay() const {
  C10_CUDA_CHECK(cudaGraphLaunch(static_cast<cudaGraphExec_t>(recorded_), static_cast<cudaStream_t>(current_stream(device_))));
}

}  // namespace radfm::model

#else

namespace radfm::model {
namespace {

void only_processor(c10::Device device) {
  if (!device.is_cpu()) broken_invariant("a GPU was asked in a build without CUDA");
}

}  // namespace

kernels::cuda::Stream current_stream(c10::Device device) {
  only_processor(device);
  return nullptr;
}
void wait_for_stream(c10::Device device) { only_processor(device); }

CapturedLaunches::CapturedLaunches(c10::Device device, std::function<void(kernels::cuda::Stream)> launches)
    : device_(device), launches_(std::move(launches)) {
  only_processor(device_);
  launches_(nullptr);
}
CapturedLaunches::~CapturedLaunches() = default;
void CapturedLaunches::replay() const { launches_(nullptr); }

}  // namespace radfm::model

#endif
