// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/stack_order.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>

#include "core/result.h"
#include "pipeline/imaging/number_text.h"
#include "pipeline/imaging/shown_text.h"

namespace radfm::imaging {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : "\\") + part;
  return text;
}

std::string text_value(const SliceStack& stack, const std::string& field) {
  const InstanceFacts& first = stack.slices.front();
  if (field == "plane") return stack.turn.oblique ? "oblique" : std::string(to_string(stack.turn.plane));
  if (field == "modality") return first.modality;
  if (field == "description") return first.series_description;
  if (field == "image_type") return joined(first.image_type);
  if (field == "kernel") return first.kernel;
  if (field == "echo") return first.echo_number;
  if (field == "b_value") return first.b_value;
  if (field == "temporal_position") return first.temporal_position;
  radfm::broken_invariant("a field of text that is not listed: " + field);
}

std::optional<double> number_value(const SliceStack& stack, const std::string& field) {
  const InstanceFacts& first = stack.slices.front();
  if (field == "slices") return static_cast<double>(stack.slices_in_all());
  if (field == "thickness_mm") return first.slice_thickness_mm > 0 ? std::optional(first.slice_thickness_mm) : std::nullopt;
  if (field == "matrix") return double(first.rows) * first.columns;
  if (field == "series_number") return parse_number(first.series_number);
  radfm::broken_invariant("a field of numbers that is not listed: " + field);
}

bool applies(const SeriesCriterion& criterion, const InstanceFacts& facts) {
  return criterion.modalities.empty() ||
         std::find(criterion.modalities.begin(), criterion.modalities.end(), facts.modality) != criterion.modalities.end();
}

struct Placed {
  SeriesPlace place;
  std::string shown;
};

Placed placed(const SeriesCriterion& criterion, const SliceStack& stack) {
  const bool asked = applies(criterion, stack.slices.front());
  if (is_number_field(criterion.field)) {
    const auto value = number_value(stack, criterion.field);
    return {place_of_number(criterion, asked ? value : std::nullopt), value ? plain_number(*value) : "not said"};
  }
  const std::string value = text_value(stack, criterion.field);
  return {place_of_text(criterion, asked ? std::optional(value) : std::nullopt), value.empty() ? "not said" : value};
}

auto last_resort(const SliceStack& stack) {
  const InstanceFacts& first = stack.slices.front();
  return std::make_tuple(-static_cast<std::int64_t>(stack.slices_in_all()), -std::int64_t{first.rows} * first.columns,
                         first.series_number.size(), first.series_number, first.series_instance_uid, first.instance_number,
                         first.frame, first.sop_instance_uid);
}

}  // namespace

StackComparison compare_stacks(const SliceStack& a, const SliceStack& b, const std::vector<SeriesCriterion>& order) {
  for (const SeriesCriterion& criterion : order) {
    const Placed in_a = placed(criterion, a), in_b = placed(criterion, b);
    if (in_a.place == in_b.place) continue;
    const bool a_first = in_a.place < in_b.place;
    const Placed &first = a_first ? in_a : in_b, &second = a_first ? in_b : in_a;
    return {a_first ? -1 : 1, criterion.field + " (" + first.shown + " before " + second.shown + ")"};
  }
  return {};
}

void sort_stacks(std::vector<SliceStack>& stacks, const std::vector<SeriesCriterion>& order) {
  std::stable_sort(stacks.begin(), stacks.end(), [&](const SliceStack& a, const SliceStack& b) {
    const int compared = compare_stacks(a, b, order).order;
    return compared != 0 ? compared < 0 : last_resort(a) < last_resort(b);
  });
}

std::vector<std::string> reasons_behind_first(const std::vector<SliceStack>& stacks, const std::vector<SeriesCriterion>& order) {
  std::vector<std::string> reasons;
  for (const SliceStack& stack : stacks) {
    if (&stack == &stacks.front()) {
      reasons.emplace_back();
      continue;
    }
    const StackComparison compared = compare_stacks(stacks.front(), stack, order);
    const std::string& number = stacks.front().slices.front().series_number;
    reasons.push_back("series " + (number.empty() ? "without a number" : number) + " comes before it by " +
                      (compared.reason.empty() ? "its number of slices, matrix or series number" : compared.reason));
  }
  return reasons;
}

}  // namespace radfm::imaging
