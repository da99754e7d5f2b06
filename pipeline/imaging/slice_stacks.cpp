// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/slice_stacks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "pipeline/imaging/stack_notes.h"
#include "pipeline/imaging/stack_order.h"

namespace radfm::imaging {
namespace {

Vector3 normal_of(const SliceStack& stack) {
  const PlaneGrid grid = turned_grid(stack.slices.front(), stack.turn);
  const Vector3 normal = cross(grid.column_step, grid.row_step);
  return scaled(normal, 1 / std::sqrt(dot(normal, normal)));
}

bool same_orientation(const InstanceFacts& a, const InstanceFacts& b) {
  for (std::size_t v = 0; v < 2; ++v) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (std::abs((*a.orientation)[v][i] - (*b.orientation)[v][i]) > orientation_tolerance) return false;
    }
  }
  return true;
}

// Everything but the orientation that slices of one volume share. Spacing to a hundredth of a micrometre.
auto volume_key(const InstanceFacts& facts) {
  const auto rounded = [](double mm) { return std::llround(mm * 1e5); };
  return std::make_tuple(facts.series_instance_uid, facts.sop_class_uid, facts.frame_of_reference_uid,
                         facts.rows, facts.columns, rounded((*facts.spacing_mm)[0]),
                         rounded((*facts.spacing_mm)[1]), facts.image_type, facts.hounsfield,
                         facts.photometric);
}

Refusal too_many_orientations() {
  return {"study_too_large",
          "the series has slices of more than " + std::to_string(orientations_max) + " orientations, which are no volumes", false};
}

std::vector<std::vector<InstanceFacts>> grouped(std::vector<InstanceFacts> slices, StackPlan& plan) {
  std::map<decltype(volume_key(slices.front())), std::vector<std::vector<InstanceFacts>>> groups;
  for (auto& slice : slices) {
    auto& candidates = groups[volume_key(slice)];
    const auto fits = [&](const std::vector<InstanceFacts>& group) {
      return same_orientation(group.front(), slice);
    };
    const auto group = std::find_if(candidates.begin(), candidates.end(), fits);
    if (group != candidates.end()) {
      group->push_back(std::move(slice));
    } else if (candidates.size() == orientations_max) {
      plan.left_out.emplace_back(std::move(slice), too_many_orientations());
    } else {
      candidates.push_back({std::move(slice)});
    }
  }
  std::vector<std::vector<InstanceFacts>> all;
  for (auto& [key, candidates] : groups) {
    std::move(candidates.begin(), candidates.end(), std::back_inserter(all));
  }
  return all;
}

void sort_along_normal(SliceStack& stack) {
  const Vector3 normal = normal_of(stack);
  std::sort(stack.slices.begin(), stack.slices.end(), [&](const InstanceFacts& a, const InstanceFacts& b) {
    const double at_a = dot(*a.position_mm, normal), at_b = dot(*b.position_mm, normal);
    return std::tie(at_a, a.instance_number, a.sop_instance_uid, a.frame) <
           std::tie(at_b, b.instance_number, b.sop_instance_uid, b.frame);
  });
}

bool repeats(const SliceStack& stack, std::size_t i) {
  return i > 0 && along_normal_mm(stack, stack.slices[i]) - along_normal_mm(stack, stack.slices[i - 1]) <
                      same_position_mm;
}

std::size_t positions(const SliceStack& stack) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < stack.slices.size(); ++i) count += repeats(stack, i) ? 0 : 1;
  return count;
}

Refusal repeated() {
  return {"duplicate_position",
          "another slice of the series lies at the same position (a repetition, phase, echo or "
          "kernel); one slice for each position is shown"};
}

using PhaseKey = std::array<std::string, 7>;

std::map<PhaseKey, SliceStack> phases_of(const SliceStack& stack) {
  std::map<PhaseKey, SliceStack> phases;
  for (const auto& slice : stack.slices) {
    auto& phase = phases[{slice.echo_number, slice.temporal_position, slice.acquisition_number, slice.kernel,
                          slice.b_value, slice.trigger_time, slice.stack_id}];
    phase.turn = stack.turn;
    phase.slices.push_back(slice);
  }
  return phases;
}

// The instance that came first, and its frame.
std::pair<int, int> first_number(const SliceStack& stack) {
  const auto number = [](const InstanceFacts& slice) { return std::pair(slice.instance_number, slice.frame); };
  const auto lowest = std::min_element(stack.slices.begin(), stack.slices.end(),
                                       [&](const auto& a, const auto& b) { return number(a) < number(b); });
  return number(*lowest);
}

// How many slices of `phase` lie where one is kept already.
std::size_t shared_positions(const std::multiset<double>& kept_mm, const SliceStack& phase, const Vector3& normal) {
  const auto is_shared = [&](const InstanceFacts& slice) {
    const double at_mm = dot(*slice.position_mm, normal);
    const auto next = kept_mm.lower_bound(at_mm - same_position_mm);
    return next != kept_mm.end() && *next <= at_mm + same_position_mm;
  };
  return static_cast<std::size_t>(std::count_if(phase.slices.begin(), phase.slices.end(), is_shared));
}

// Several stacks share positions: keeps the best. One that only touches it at its end (the next part of the
// same acquisition) is joined to it instead. There may be as many phases as slices.
void keep_best_phase(SliceStack& stack, StackPlan& plan, const std::vector<SeriesCriterion>& order) {
  auto phases = phases_of(stack);
  const auto best = std::min_element(phases.begin(), phases.end(), [&](const auto& a, const auto& b) {
    const std::size_t in_a = positions(a.second), in_b = positions(b.second);
    if (in_a != in_b) return in_a > in_b;
    const int compared = compare_stacks(a.second, b.second, order).order;
    return compared != 0 ? compared < 0 : first_number(a.second) < first_number(b.second);
  });
  stack.slices.clear();
  const Vector3 normal = normal_of(best->second);
  std::multiset<double> kept_mm;
  const auto keep = [&](SliceStack& phase) {
    for (auto& slice : phase.slices) {
      kept_mm.insert(dot(*slice.position_mm, normal));
      stack.slices.push_back(std::move(slice));
    }
  };
  keep(best->second);
  for (auto phase = phases.begin(); phase != phases.end(); ++phase) {
    if (phase == best) continue;
    if (2 * shared_positions(kept_mm, phase->second, normal) < phase->second.slices.size()) {
      keep(phase->second);
    } else {
      for (auto& slice : phase->second.slices) plan.left_out.emplace_back(std::move(slice), repeated());
    }
  }
  sort_along_normal(stack);
}

void drop_repeats(SliceStack& stack, StackPlan& plan, const std::vector<SeriesCriterion>& order) {
  if (positions(stack) == stack.slices.size()) return;
  keep_best_phase(stack, plan, order);
  SliceStack single;
  single.turn = stack.turn;
  for (std::size_t i = 0; i < stack.slices.size(); ++i) {
    if (repeats(stack, i)) {
      plan.left_out.emplace_back(stack.slices[i], repeated());
    } else {
      single.slices.push_back(stack.slices[i]);
    }
  }
  stack = std::move(single);
}

// Slices of one series that an index took for one stack may turn out to be several, by what only the files say.
void tell_thinned(std::vector<SliceStack>& stacks, const ThinnedSeries& series) {
  std::vector<SliceStack*> of_series;
  for (SliceStack& stack : stacks) {
    if (stack.slices.front().series_instance_uid == series.series_instance_uid) of_series.push_back(&stack);
  }
  for (SliceStack* stack : of_series) {
    if (of_series.size() == 1) {
      stack->notes = series.notes;
      stack->slices_in_study = static_cast<std::size_t>(series.slices);
    } else {
      stack->notes.push_back("its series has " + std::to_string(series.slices) + " slices of several kinds, of which a part was read");
    }
  }
}

}  // namespace

StackPlan plan_stacks(std::vector<InstanceFacts> slices, const std::vector<SeriesCriterion>& order,
                      const std::vector<ThinnedSeries>& thinned) {
  StackPlan plan;
  if (slices.empty()) return plan;
  for (auto& group : grouped(std::move(slices), plan)) {
    SliceStack stack;
    stack.slices = std::move(group);
    stack.turn = display_turn(*stack.slices.front().orientation);
    sort_along_normal(stack);
    drop_repeats(stack, plan, order);
    stack.notes = notes_of_stack(stack);
    plan.stacks.push_back(std::move(stack));
  }
  for (const ThinnedSeries& series : thinned) tell_thinned(plan.stacks, series);
  sort_stacks(plan.stacks, order);
  const std::vector<std::string> reasons = reasons_behind_first(plan.stacks, order);
  for (std::size_t i = 0; i < reasons.size(); ++i) plan.stacks[i].choice = reasons[i];
  return plan;
}

std::vector<std::size_t> choose_slices(const SliceStack& stack, int slices_max) {
  const std::size_t count = stack.slices.size(), wanted = static_cast<std::size_t>(std::max(slices_max, 1));
  std::vector<std::size_t> chosen;
  if (count <= wanted) {
    chosen.resize(count);
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    return chosen;
  }
  if (wanted == 1) return {count / 2};
  const Vector3 normal = normal_of(stack);
  const auto at_mm = [&](std::size_t i) { return dot(*stack.slices[i].position_mm, normal); };
  const double first = at_mm(0), length = at_mm(count - 1) - first;
  std::size_t nearest = 0;
  for (std::size_t k = 0; k < wanted; ++k) {
    const double target = first + length * static_cast<double>(k) / static_cast<double>(wanted - 1);
    while (nearest + 1 < count && std::abs(at_mm(nearest + 1) - target) <= std::abs(at_mm(nearest) - target))
      ++nearest;
    if (chosen.empty() || chosen.back() != nearest) chosen.push_back(nearest);
  }
  return chosen;
}

double along_normal_mm(const SliceStack& stack, const InstanceFacts& slice) {
  return dot(*slice.position_mm, normal_of(stack));
}

std::array<double, 16> display_affine(const SliceStack& stack, const std::vector<std::size_t>& chosen) {
  const InstanceFacts& front = stack.slices[chosen.front()];
  const PlaneGrid grid = turned_grid(front, stack.turn);
  Vector3 step{};
  if (chosen.size() > 1) {
    const PlaneGrid last = turned_grid(stack.slices[chosen.back()], stack.turn);
    step = scaled(difference(last.origin, grid.origin), 1.0 / static_cast<double>(chosen.size() - 1));
  } else {
    step = scaled(normal_of(stack), front.slice_thickness_mm > 0 ? front.slice_thickness_mm : 1.0);
  }
  std::array<double, 16> affine{};
  for (std::size_t i = 0; i < 3; ++i) {
    affine[i * 4] = grid.column_step[i];
    affine[i * 4 + 1] = grid.row_step[i];
    affine[i * 4 + 2] = step[i];
    affine[i * 4 + 3] = grid.origin[i];
  }
  affine[15] = 1;
  return affine;
}

}  // namespace radfm::imaging
