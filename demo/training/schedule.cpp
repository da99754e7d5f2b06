// SPDX-License-Identifier: Apache-2.0
#include "demo/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace radfm::training {
namespace {

// Microseconds forward and backward on one core (Zen 3, float32), of the demonstration model: what balances the shares.
constexpr double vision_token_us = 195, language_token_us = 270;

double cost_us(const Example& example, const model::VisionConfig& vision) {
  const double tokens = static_cast<double>(example.height / vision.patch) * (example.width / vision.patch) *
                        (example.depth / vision.frame_patch) * example.images;
  return tokens * vision_token_us + static_cast<double>(example.ids.size()) * language_token_us;
}

}  // namespace

Rates rates_at(const StageSettings& stage, std::int64_t step, std::int64_t steps) {
  const std::int64_t warm_up = std::min(stage.warm_up, steps / 10);
  double share = 1;
  if (step < warm_up) {
    share = static_cast<double>(step + 1) / static_cast<double>(warm_up);
  } else {
    const double done = static_cast<double>(step - warm_up) / static_cast<double>(std::max<std::int64_t>(steps - warm_up, 1));
    share = last_rate_share + (1 - last_rate_share) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
  Rates rates = stage.peak;
  for (double& rate : rates) rate *= share;
  return rates;
}

std::array<StageSettings, 2> usual_stages(const LabelKinds& kinds) {
  const bool labelled = !kinds.of_image.empty() || !kinds.maps.empty();
  StageSettings caption, instruct;
  caption.name = "caption";
  caption.stage = RecordSource::Stage::caption;
  caption.size = {24, 4, labelled ? 4 : 1};
  caption.peak = {1e-3, 1e-3, 1e-3};
  caption.share = 0.4;
  instruct.name = "instruct";
  instruct.stage = RecordSource::Stage::instruct;
  instruct.size = {18, 9, 1};
  instruct.peak = {labelled ? 2.5e-4 : 5e-4, 1.2e-3, 2.5e-4};
  instruct.share = 0.6;
  return {caption, instruct};
}

std::vector<std::vector<const Example*>> shares_of(const std::vector<Example>& examples, int workers,
                                                   const model::VisionConfig& vision) {
  std::vector<const Example*> order;
  for (const auto& example : examples) order.push_back(&example);
  std::stable_sort(order.begin(), order.end(), [&](const Example* a, const Example* b) {
    return cost_us(*a, vision) > cost_us(*b, vision);
  });
  std::vector<std::vector<const Example*>> shares(static_cast<std::size_t>(workers));
  std::vector<double> load(shares.size());
  for (const Example* example : order) {
    const auto least = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    load[least] += cost_us(*example, vision);
    shares[least].push_back(example);
  }
  return shares;
}

}  // namespace radfm::training
