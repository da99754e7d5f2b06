// SPDX-License-Identifier: Apache-2.0
// Kind "preprocess-depth": the common depth of a prompt, and which slice comes from where.
#include <algorithm>

#include "pipeline/model/check/check_kinds.h"
#include "pipeline/model/image_input.h"

namespace radfm::model::check {
namespace {

struct DepthEntry {
  int in = 1, target = 1;
  std::vector<int> index;

  explicit DepthEntry(const Fields& fields)
      : in(static_cast<int>(fields.whole("in", 1, 1 << 20))),
        target(static_cast<int>(fields.whole("target", 1, 4096))),
        index(fields.ids("index")) {}
};

std::vector<int> nearest_slices(int in, int out) {
  std::vector<int> slices;
  for (int i = 0; i < out; ++i) slices.push_back(nearest_slice(i, in, out));
  return slices;
}

}  // namespace

Result<CaseFindings> check_preprocess_depth(Case& golden, const CheckOptions&) {
  const Fields fields = golden.fields();
  const std::vector<int> targets = fields.object("config").ids("targets");  // 4, 8, ..., 64
  const bool sound =
      !targets.empty() && targets.front() >= 1 && std::is_sorted(targets.begin(), targets.end());
  if (!sound) fields.wrong("config.targets", "must be the depths to choose from, ascending");
  if (golden.mistakes().any()) return golden.mistakes().first();

  CaseFindings findings;
  EntryComparison depth("nearest: target"), nearest("nearest: index"), zoom("zoom64: index"),
      mixed("mixed: index");
  for (const Fields& fields_of : golden.list(fields, "nearest")) {
    const DepthEntry entry(fields_of);
    depth.entry(compare_exact("", std::vector{common_depth(entry.in, targets.front(), targets.back())},
                              std::vector{entry.target}));
    nearest.entry(compare_exact("", nearest_slices(entry.in, entry.target), entry.index));
  }
  findings.add(depth.result());
  findings.add(nearest.result());
  if (fields.has("zoom")) {
    for (const Fields& fields_of : golden.list(fields, "zoom")) {
      const DepthEntry entry(fields_of);
      zoom.entry(compare_exact("", median_depth_slices(entry.in, entry.target), entry.index));
    }
    findings.add(zoom.result());
  }
  if (fields.has("mixed")) {
    for (const Fields& fields_of : golden.list(fields, "mixed")) {
      const DepthEntry entry(fields_of);
      mixed.entry(compare_exact("", nearest_slices(entry.in, entry.target), entry.index));
    }
    findings.add(mixed.result());
  }
  return findings;
}

}  // namespace radfm::model::check
