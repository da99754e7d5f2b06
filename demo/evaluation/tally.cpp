// SPDX-License-Identifier: Apache-2.0
#include "demo/evaluation/tally.h"

#include <algorithm>

namespace radfm::demo {
namespace {

using phantom::Kind;

std::vector<std::string> kind_names() {
  std::vector<std::string> names = {"none"};
  for (const Kind kind : {Kind::nodule, Kind::consolidation, Kind::effusion}) names.emplace_back(name_of(kind));
  return names;
}

std::size_t place_of(Kind kind) { return static_cast<std::size_t>(kind); }

std::vector<std::string> change_names() {
  return {"nothing", "larger", "smaller", "unchanged", "new", "resolved", "replaced", "opposite side"};
}

}  // namespace

Group::Group() : kind(kind_names()), change(change_names()) {}

void Group::add(const Exercise& exercise, const ParsedReport& report, const std::vector<Verdict>& verdicts) {
  for (const Verdict& verdict : verdicts) {
    attributes[verdict.attribute].add(verdict.right);
    if (exercise.prior_report == PriorReport::contradicting) against_report[verdict.attribute].add(verdict.right);
  }
  const Told& told = exercise.told;
  if (!told.current.diagnostic) return;
  const std::size_t neither = kind.names.size();
  ++kind.counts[place_of(told.current.lesion.kind)][report.lesion ? place_of(report.lesion->kind) : neither];
  if (told.prior_seen != PriorSeen::image) return;
  const auto truth = static_cast<std::size_t>(phantom::change_between(told.prior.lesion, told.current.lesion));
  const auto said = report.change();
  by_change[truth].add(said && static_cast<std::size_t>(*said) == truth);
  ++change.counts[truth][said ? static_cast<std::size_t>(*said) : change.names.size()];
}

void Tally::add(const Exercise& exercise, const WrittenReport& report) {
  const ParsedReport parsed = report.refused ? ParsedReport{} : parse_report(report.text);
  if (!report.refused) ended.add(report.ended);
  if (!report.refused) milliseconds.push_back(report.milliseconds);
  if (!exercise.told.current.diagnostic) {
    const bool finds = parsed.lesion && parsed.lesion->kind != Kind::none;
    not_diagnostic.add(report.refused || (!parsed.diagnostic && !finds));
    return;
  }
  if (exercise.told.prior_seen != PriorSeen::image) compares_with_none.add(parsed.compares());
  const std::vector<Verdict> verdicts = judge(parsed, exercise.told);
  all.add(exercise, parsed, verdicts);
  (exercise.told.current.modality == phantom::Modality::ct ? ct : radiographs).add(exercise, parsed, verdicts);
}

double Tally::median_ms() const {
  if (milliseconds.empty()) return 0;
  std::vector<double> sorted = milliseconds;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
  return sorted[sorted.size() / 2];
}

double Tally::longest_ms() const {
  return milliseconds.empty() ? 0 : *std::max_element(milliseconds.begin(), milliseconds.end());
}

}  // namespace radfm::demo
