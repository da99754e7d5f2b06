// SPDX-License-Identifier: Apache-2.0
// Which of two stacks comes first, by the administrator's criteria (core/series_order.h), and in words why.
#pragma once

#include <string>
#include <vector>

#include "core/series_order.h"
#include "pipeline/imaging/slice_stacks.h"

namespace radfm::imaging {

struct StackComparison {
  int order = 0;       // below 0: a comes first; above 0: b does; 0: the criteria do not tell them apart
  std::string reason;  // "plane (axial before coronal)", for people; empty when order is 0
};

// A stack is judged by its first slice, its plane and its number of slices.
StackComparison compare_stacks(const SliceStack& a, const SliceStack& b, const std::vector<SeriesCriterion>& order);

// Best first. Those that the criteria do not tell apart: more slices, larger matrix, lower series number, then by UID, so
// that the same study always gives the same order.
void sort_stacks(std::vector<SliceStack>& stacks, const std::vector<SeriesCriterion>& order);

// "series 2 comes before it by plane (axial before coronal)", for each stack that is not the first; beside `stacks`.
std::vector<std::string> reasons_behind_first(const std::vector<SliceStack>& stacks, const std::vector<SeriesCriterion>& order);

}  // namespace radfm::imaging
