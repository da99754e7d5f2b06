// SPDX-License-Identifier: Apache-2.0
#include "demo/training/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace radfm::training {

AdamW::AdamW(std::vector<Parameter>& parameters, const AdamSettings& settings)
    : parameters_(parameters), settings_(settings), gradients_(parameters.size()), squares_(parameters.size()) {
  for (const auto& parameter : parameters) {
    state_.first.push_back(at::zeros_like(parameter.value));
    state_.second.push_back(at::zeros_like(parameter.value));
    state_.updates.push_back(at::zeros({}, parameter.value.options()));
  }
}

void AdamW::sum_gradients(std::vector<std::vector<at::Tensor>>& leaves, int worker) {
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    if (worker_of_[p] != worker) continue;
    at::Tensor sum;
    for (auto& of_worker : leaves) {
      at::Tensor& gradient = of_worker[p].mutable_grad();
      if (!gradient.defined()) continue;
      if (sum.defined())
        sum.add_(gradient);
      else
        sum = gradient;
      gradient = at::Tensor();
    }
    gradients_[p] = sum;
    const double norm = sum.defined() ? at::linalg_vector_norm(sum).item<double>() : 0;
    squares_[p] = norm * norm;
  }
}

void AdamW::update(int worker, const Rates& rates, double norm) {
  for (int part = 0; part < parts; ++part)
    for (const bool decays : {false, true}) {
      std::vector<at::Tensor> values, gradients, first, second, updates;
      for (std::size_t p = 0; p < parameters_.size(); ++p) {
        const Parameter& parameter = parameters_[p];
        if (worker_of_[p] != worker || !gradients_[p].defined() || static_cast<int>(parameter.part) != part ||
            parameter.decays != decays)
          continue;
        values.push_back(parameter.value);
        gradients.push_back(gradients_[p]);
        first.push_back(state_.first[p]);
        second.push_back(state_.second[p]);
        updates.push_back(state_.updates[p].add_(1));
      }
      if (values.empty()) continue;
      const at::Tensor scale =  // gradients are divided by it
          at::full({}, std::max(1.0, norm / settings_.norm_max), values.front().options());
      at::_fused_adamw_(values, gradients, first, second, {}, updates, rates[static_cast<std::size_t>(part)],
                        settings_.beta1, settings_.beta2, decays ? settings_.decay : 0.0, settings_.eps, false, false,
                        scale);
    }
}

double AdamW::step(WorkerPool& pool, std::vector<std::vector<at::Tensor>>& leaves, const Rates& rates) {
  if (worker_of_.empty()) {  // the largest first, each to the worker with the least
    std::vector<std::size_t> order(parameters_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return parameters_[a].value.numel() > parameters_[b].value.numel();
    });
    std::vector<std::int64_t> load(static_cast<std::size_t>(pool.workers()));
    worker_of_.resize(parameters_.size());
    for (const std::size_t p : order) {
      const auto least = std::min_element(load.begin(), load.end());
      *least += parameters_[p].value.numel();
      worker_of_[p] = static_cast<int>(least - load.begin());
    }
  }
  pool.run([&](int worker) {
    const at::NoGradGuard no_grad;
    sum_gradients(leaves, worker);
  });
  const double norm = std::sqrt(std::accumulate(squares_.begin(), squares_.end(), 0.0));
  if (std::isfinite(norm))
    pool.run([&](int worker) {
      const at::NoGradGuard no_grad;
      update(worker, rates, norm);
    });
  for (auto& gradient : gradients_) gradient = at::Tensor();
  return norm;
}

}  // namespace radfm::training
