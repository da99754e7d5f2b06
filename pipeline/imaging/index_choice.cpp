// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/index_choice.h"

#include <algorithm>
#include <set>

#include "core/sop_class.h"
#include "pipeline/imaging/number_text.h"
#include "pipeline/imaging/slice_stacks.h"

namespace radfm::imaging {
namespace {

// CT, MR, PET: one slice a file.
bool is_single_slice(const IndexedInstance& instance) {
  return sop_role(instance.sop_class_uid) == SopRole::slice &&
         (instance.number_of_frames.empty() || instance.number_of_frames == "1") &&
         instance.sop_class_uid != "1.2.840.10008.5.1.4.1.1.20";  // nuclear medicine: frames in one file
}

// What the index knows of a slice; nothing when it does not say where it lies. The sizes are not known, and none is needed:
// the place in the patient alone tells slices apart.
std::optional<InstanceFacts> indexed_facts(const IndexedSeries& series, std::size_t index) {
  const IndexedInstance& instance = series.instances[index];
  InstanceFacts facts;
  facts.orientation = usable_orientation(parse_numbers(instance.image_orientation));
  facts.position_mm = usable_position_mm(parse_numbers(instance.image_position));
  if (!is_single_slice(instance) || !facts.orientation || !facts.position_mm) return std::nullopt;
  facts.file = index;
  facts.series_instance_uid = series.series_instance_uid;
  facts.sop_class_uid = instance.sop_class_uid;
  facts.sop_instance_uid = instance.sop_instance_uid;
  facts.instance_number = static_cast<int>(std::clamp(parse_number(instance.instance_number).value_or(0), -1e9, 1e9));
  facts.acquisition_number = instance.acquisition_number;
  facts.temporal_position = instance.temporal_position;
  facts.spacing_mm = {1, 1};
  facts.rows = facts.columns = 1;
  return facts;
}

// The series as one stack without doubt, or nothing.
std::optional<SliceStack> only_stack(const IndexedSeries& series) {
  std::vector<InstanceFacts> slices;
  for (std::size_t i = 0; i < series.instances.size(); ++i) {
    auto facts = indexed_facts(series, i);
    if (!facts) return std::nullopt;
    slices.push_back(std::move(*facts));
  }
  StackPlan plan = plan_stacks(std::move(slices));
  if (plan.stacks.size() != 1 || !plan.left_out.empty()) return std::nullopt;
  return std::move(plan.stacks.front());
}

void add_thinned(const IndexedSeries& series, const SliceStack& stack, int slices_max, FetchChoice* choice) {
  std::set<std::size_t> wanted;
  for (const std::size_t i : choose_slices(stack, slices_max)) wanted.insert(stack.slices[i].file);
  for (const std::size_t i : wanted) choice->instances.push_back(&series.instances[i]);
  choice->thinned.push_back({series.series_instance_uid, static_cast<int>(stack.slices.size()), stack.notes});
}

}  // namespace

FetchChoice choose_to_fetch(const StudyIndex& study, bool images, int slices_max) {
  FetchChoice choice;
  for (const IndexedSeries& series : study.series) {
    const bool long_enough = series.instances.size() > static_cast<std::size_t>(std::max(slices_max, 1));
    const auto stack = images && long_enough ? only_stack(series) : std::nullopt;
    if (stack) {
      add_thinned(series, *stack, slices_max, &choice);
      continue;
    }
    for (const IndexedInstance& instance : series.instances) {
      const bool report = sop_role(instance.sop_class_uid) == SopRole::report;
      if (report || (images && counts_for_digest(instance.sop_class_uid))) choice.instances.push_back(&instance);
    }
  }
  return choice;
}

}  // namespace radfm::imaging
