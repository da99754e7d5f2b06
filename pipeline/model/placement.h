// SPDX-License-Identifier: Apache-2.0
// Where and in which type the network computes: decided from what the administrator wrote, what the machine
// has, and what the model needs, before any weight is read.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "core/result.h"
#include "pipeline/model/compute_type.h"
#include "pipeline/model/memory_need.h"
#include "pipeline/model/model_files.h"

namespace radfm::model {

struct Placement {
  c10::Device device = c10::kCPU;
  WeightType type = WeightType::f32;  // of the weights in memory and of what is computed
  int answers_max = 1;  // that the memory holds at once (MemoryNeed::total_of); from two on one can be put aside for another
  // The language model's matrices in the layout of the kernels; always so in int8 and int4, never in f16.
  bool packed = is_quantised(type);
};

struct PlacementWish {
  std::string device = "auto";  // auto, cpu, cuda, cuda:N; auto takes a GPU if this build and this machine have one
  std::string dtype = "auto";   // auto, f32, bf16, f16, int8, int4
};

// "auto" types: a GPU computes in the stored type (an old one in bf16 where that is int8 or int4); the processor in int8 or int4
// where the weights are stored so, else in float32, which is exact, when the memory suffices for it, else in the stored
// type. Another type than the stored one is made while the weights are loaded. `processor_memory` is asked for the processor only; a GPU's
// free memory is asked of its driver. Where a second sequence does not fit, the model is loaded all the same, and the log says so.
// Errors: permanent "device_unavailable", "compute_type_unknown"; transient "not_enough_memory".
Result<Placement> place(const PlacementWish& wish, const ModelFiles& files,
                        const AvailableMemory& processor_memory);

}  // namespace radfm::model
