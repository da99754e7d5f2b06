// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/stack_notes.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>

#include "pipeline/imaging/slice_stacks.h"

namespace radfm::imaging {
namespace {

constexpr double tilt_degrees_min = 1.0, shift_mm_max = 1.0;
constexpr std::size_t gaps_noted_max = 5;

std::string one_decimal(double value) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out.setf(std::ios::fixed);
  out.precision(1);
  out << value;
  return out.str();
}

void note_spacing(const SliceStack& stack, std::vector<std::string>& notes) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < stack.slices.size(); ++i) {
    steps.push_back(along_normal_mm(stack, stack.slices[i]) - along_normal_mm(stack, stack.slices[i - 1]));
  }
  if (steps.size() < 2) return;
  std::vector<double> sorted = steps;
  std::sort(sorted.begin(), sorted.end());
  const double usual = sorted[(sorted.size() - 1) / 2];
  std::size_t gaps = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] <= gap_share * usual || ++gaps > gaps_noted_max) continue;
    notes.push_back("gap of " + one_decimal(steps[i]) + " mm after slice " + std::to_string(i + 1) + " of " +
                    std::to_string(stack.slices.size()) + " (usual spacing " + one_decimal(usual) + " mm)");
  }
  if (gaps > gaps_noted_max) notes.push_back(std::to_string(gaps) + " gaps between slices in all");
  if (gaps == 0 && sorted.back() - sorted.front() > irregular_spacing_share * usual) {
    notes.push_back("uneven slice spacing, " + one_decimal(sorted.front()) + " to " +
                    one_decimal(sorted.back()) + " mm");
  }
}

void note_tilt(const SliceStack& stack, std::vector<std::string>& notes) {
  const InstanceFacts &first = stack.slices.front(), &last = stack.slices.back();
  const Vector3 way = difference(*last.position_mm, *first.position_mm);
  const double length = std::sqrt(dot(way, way));
  const double along = along_normal_mm(stack, last) - along_normal_mm(stack, first);
  double tilt = 0;
  if (stack.slices.size() > 1 && length > 0) {
    tilt = std::acos(std::clamp(along / length, -1.0, 1.0)) * 180 / std::numbers::pi;
  }
  if (tilt > tilt_degrees_min) {
    notes.push_back("gantry tilt: the stack leans by " + one_decimal(tilt) + " degrees");
  } else if (std::abs(first.gantry_tilt_degrees) > tilt_degrees_min) {
    notes.push_back("gantry tilt of " + one_decimal(first.gantry_tilt_degrees) + " degrees");
  }
  for (const auto& slice : stack.slices) {
    const Vector3 here = difference(*slice.position_mm, *first.position_mm);
    const double share =
        along > 0 ? (along_normal_mm(stack, slice) - along_normal_mm(stack, first)) / along : 0;
    const Vector3 off = difference(here, scaled(way, share));
    if (dot(off, off) > shift_mm_max * shift_mm_max) {
      notes.push_back("slices are shifted against each other within their plane");
      return;
    }
  }
}

}  // namespace

std::vector<std::string> notes_of_stack(const SliceStack& stack) {
  std::vector<std::string> notes;
  note_spacing(stack, notes);
  note_tilt(stack, notes);
  return notes;
}

}  // namespace radfm::imaging
