// SPDX-License-Identifier: Apache-2.0
// AdamW on the gradients of several workers: summed, clipped to a norm, applied; the parameters shared out over the same
// workers.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "demo/training/parameters.h"
#include "demo/training/worker_pool.h"

namespace radfm::training {

struct AdamSettings {
  double beta1 = 0.9, beta2 = 0.98, eps = 1e-8, decay = 0.02;
  double norm_max = 1.0;  // of all gradients together
};

// What must be kept to go on exactly: both moments and the number of updates of each parameter.
struct AdamState {
  std::vector<at::Tensor> first, second;  // as the parameters
  std::vector<at::Tensor> updates;        // scalars, float32
};

class AdamW {
 public:
  // The parameters' values are changed in place and must outlive this.
  AdamW(std::vector<Parameter>& parameters, const AdamSettings& settings);

  // leaves[worker][parameter]: their gradients are taken and cleared. A parameter without a gradient stays as it is.
  // Returns the norm of the sum of the gradients before clipping. The order of summation is fixed, so that the same
  // leaves give the same values. When the norm is no number, nothing is changed.
  double step(WorkerPool& pool, std::vector<std::vector<at::Tensor>>& leaves, const Rates& rates);

  AdamState& state() { return state_; }

 private:
  void sum_gradients(std::vector<std::vector<at::Tensor>>& leaves, int worker);
  void update(int worker, const Rates& rates, double norm);

  std::vector<Parameter>& parameters_;
  AdamSettings settings_;
  AdamState state_;
  std::vector<int> worker_of_;         // of each parameter
  std::vector<at::Tensor> gradients_;  // summed; undefined: none
  std::vector<double> squares_;        // of each parameter's gradient
};

}  // namespace radfm::training
