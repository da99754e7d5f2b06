// SPDX-License-Identifier: Apache-2.0
// All that is said to a GPU by name. The network itself is written once, for every device. In a build without
// RADFM_CUDA there is no GPU: the count is 0, and nothing else may be asked.
#pragma once

#include <cstdint>
#include <string>

namespace radfm::model::cuda {

bool built_in();     // this program was built with RADFM_CUDA
int device_count();  // 0 also when the driver is missing or too old

std::string device_name(int device);
bool runs_kernels(int device);  // it is of a kind that our own kernels are compiled for: compute capability 8.0 or more
struct Memory {
  std::int64_t free_bytes = 0, total_bytes = 0;
};
Memory memory(int device);
std::int64_t peak_bytes(int device);  // the most that tensors of this process have taken

// Waits until the device has done all that it was told; a time that is taken without it measures nothing.
void synchronize(int device);

// Tells when copies to a device have arrived. Of one thread.
class Arrival {
 public:
  explicit Arrival(int device);
  Arrival(Arrival&&) noexcept;
  Arrival& operator=(Arrival&&) = delete;
  ~Arrival();
  void of_all_so_far();  // that this thread has had the device do
  void wait();           // nothing was asked to be told of: returns at once

 private:
  int device_;
  void* event_ = nullptr;
};

// The same inputs give the same bits: no reduced precision inside float32 products, no choice of kernels by
// trial, deterministic kernels. To be called once, before the first tensor on a GPU.
void set_deterministic();

}  // namespace radfm::model::cuda
