// SPDX-License-Identifier: Apache-2.0
#include "demo/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

namespace radfm::training {
namespace {

// Microseconds forward and backward on one core (Zen 3, float32), of the demonstration model: what balances the shares.
constexpr double vision_token_us = 195, language_token_us = 270, forward_share = 0.3;

double image_cost_us(const Example& example, const model::VisionConfig& vision) {
  const double tokens = static_cast<double>(example.height / vision.patch) * (example.width / vision.patch) *
                        (example.depth / vision.frame_patch);
  return tokens * vision_token_us * (example.vision_learns ? 1 : forward_share);
}

// Examples that show an image together; each image costs once.
struct Group {
  std::vector<const Example*> examples;
  std::set<std::uint64_t> images;
  double cost_us = 0;
};

}  // namespace

Rates rates_at(const StageSettings& stage, std::int64_t step, std::int64_t steps) {
  const std::int64_t warm_up = std::min(stage.warm_up, steps / 10);
  double share = 1;
  if (step < warm_up) {
    share = static_cast<double>(step + 1) / static_cast<double>(warm_up);
  } else {
    const double done =
        static_cast<double>(step - warm_up) / static_cast<double>(std::max<std::int64_t>(steps - warm_up, 1));
    share = last_rate_share + (1 - last_rate_share) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
  Rates rates = stage.peak;
  for (double& rate : rates) rate *= share;
  if (step < stage.tower_rests) rates[static_cast<std::size_t>(Part::vision)] = 0;
  return rates;
}

std::array<StageSettings, 2> usual_stages(const LabelKinds& kinds) {
  const bool labelled = !kinds.of_image.empty() || !kinds.maps.empty();
  StageSettings caption, instruct;
  caption.name = "caption";
  caption.stage = RecordSource::Stage::caption;
  caption.size = {14, 8, labelled ? 4 : 1, 1};
  caption.peak = {1e-3, 1e-3, 2e-4};
  caption.share = 0.35;
  instruct.name = "instruct";
  instruct.stage = RecordSource::Stage::instruct;
  instruct.size = {27, 9, 1, labelled ? 2 : 1};
  instruct.peak = {labelled ? 2.5e-4 : 5e-4, 1.2e-3, 2.5e-4};
  instruct.share = 0.65;
  return {caption, instruct};
}

std::array<StageSettings, 2> later_stages(const LabelKinds& kinds) {
  auto [caption, instruct] = usual_stages(kinds);
  const bool labelled = instruct.size.volume_vision_every > 1;
  caption.share = 0;
  caption.tower_rests = instruct.tower_rests = labelled ? 120 : 0;
  instruct.share = 1;
  instruct.size.radiographs = 24;
  instruct.size.volumes = 11;
  instruct.peak = {1.5e-4, 9e-4, 1e-3};
  return {caption, instruct};
}

std::vector<std::vector<const Example*>> shares_of(const std::vector<Example>& examples, int workers,
                                                   const model::VisionConfig& vision) {
  std::vector<Group> groups;
  std::map<std::uint64_t, std::size_t> group_of_image;
  for (const auto& example : examples) {
    std::size_t own = groups.size();
    for (const std::uint64_t key : example.keys)
      if (const auto found = group_of_image.find(key); found != group_of_image.end()) own = found->second;
    if (own == groups.size()) groups.emplace_back();
    Group& group = groups[own];
    group.examples.push_back(&example);
    group.cost_us += static_cast<double>(example.ids.size()) * language_token_us;
    for (const std::uint64_t key : example.keys) {
      group_of_image.emplace(key, own);
      if (group.images.insert(key).second) group.cost_us += image_cost_us(example, vision);
    }
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.cost_us > b.cost_us; });
  std::vector<std::vector<const Example*>> shares(static_cast<std::size_t>(workers));
  std::vector<double> load(shares.size());
  for (const Group& group : groups) {
    const auto least = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    load[least] += group.cost_us;
    shares[least].insert(shares[least].end(), group.examples.begin(), group.examples.end());
  }
  return shares;
}

}  // namespace radfm::training
