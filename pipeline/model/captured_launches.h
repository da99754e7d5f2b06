// SPDX-License-Identifier: Apache-2.0
// What is told to a GPU in the same way many times: recorded once and then asked for as one, which costs some microseconds instead
// of some for each kernel (a CUDA graph). All that changes from one time to the next stands in memory that the kernels read.
// On the processor (a test's, which plays the GPU) it is told anew each time.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>

#include "pipeline/model/kernels/cuda/stream.h"

namespace radfm::model {

// The stream that libtorch's operations of this thread go to.
kernels::cuda::Stream current_stream(c10::Device device);
// Until the current stream has done all that it was told.
void wait_for_stream(c10::Device device);

class CapturedLaunches {
 public:
  // Tells the device once what `launches` tells it, as a trial, and then records it. Memory that it names must live as long as this.
  CapturedLaunches(c10::Device device, std::function<void(kernels::cuda::Stream)> launches);
  ~CapturedLaunches();
  CapturedLaunches(const CapturedLaunches&) = delete;
  CapturedLaunches& operator=(const CapturedLaunches&) = delete;

  void replay() const;  // on the current stream

 private:
  c10::Device device_;
  std::function<void(kernels::cuda::Stream)> launches_;
  void* recorded_ = nullptr;  // cudaGraphExec_t
};

}  // namespace radfm::model
