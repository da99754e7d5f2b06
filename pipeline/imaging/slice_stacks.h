// SPDX-License-Identifier: Apache-2.0
// Slices into stacks: by what they show and where they lie, never by instance number, slice location or file
// name.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "core/series_order.h"
#include "pipeline/imaging/acceptance.h"
#include "pipeline/imaging/instance_facts.h"
#include "pipeline/imaging/slice_geometry.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::imaging {

inline constexpr double orientation_tolerance = 1e-3;  // of each cosine
inline constexpr double same_position_mm = 0.01;       // closer slices are repeats of one position
inline constexpr double irregular_spacing_share =
    0.1;                                  // a spread over this share of the usual spacing is noted
inline constexpr double gap_share = 1.5;  // a step over this many usual spacings is a gap

// Orientations of slices that are alike else: a radial acquisition has some tens. Slices of more are left out.
inline constexpr std::size_t orientations_max = 1'000;

// Slices of one series with one orientation, size, spacing, frame of reference and image type, at different
// positions, in display order: along the cross product of the displayed column and row directions (axial:
// feet to head, coronal: front to back, sagittal: patient's left to right), so that every volume is
// right-handed in LPS.
struct SliceStack {
  std::vector<InstanceFacts> slices;
  DisplayTurn turn;
  std::vector<std::string> notes;  // about the whole stack: gaps, uneven spacing, tilt
  std::string choice;              // why it does not come first; empty for the first
  std::size_t slices_in_study = 0;  // when some were not handed over (ThinnedSeries); 0: all are here

  std::size_t slices_in_all() const { return std::max(slices.size(), slices_in_study); }
};

struct StackPlan {
  std::vector<SliceStack> stacks;  // best first, by the series order (stack_order.h)
  std::vector<std::pair<InstanceFacts, Refusal>> left_out;  // "duplicate_position", "study_too_large"
};

// Of several stacks at the same positions (echoes, phases, repetitions, b values, kernels) the one with most positions is
// kept; of equals the first by the series order, then the one whose first instance number is lowest. A stack of a thinned
// series counts and is noted with all its slices.
StackPlan plan_stacks(std::vector<InstanceFacts> slices, const std::vector<SeriesCriterion>& order = default_series_order(),
                      const std::vector<ThinnedSeries>& thinned = {});

// Evenly spread targets along the normal, for each the nearest slice; all when there are no more than
// `slices_max`.
std::vector<std::size_t> choose_slices(const SliceStack& stack, int slices_max);

// Position along the stack's normal, in millimetres.
double along_normal_mm(const SliceStack& stack, const InstanceFacts& slice);

// Row-major 4 x 4 from (column, row, slice, 1) of the displayed volume to LPS mm, for the slices with these
// indices. One slice: the third axis is the slice thickness, or 1 mm when the file names none.
std::array<double, 16> display_affine(const SliceStack& stack, const std::vector<std::size_t>& chosen);

}  // namespace radfm::imaging
