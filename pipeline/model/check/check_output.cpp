// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/check_output.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

namespace radfm::model::check {
namespace {

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string verdict(const Comparison& comparison) {
  if (comparison.tolerance)
    return "worst " + short_number(comparison.worst) + "  tolerance " + short_number(*comparison.tolerance) +
           "  of " + std::to_string(comparison.compared);
  const auto differing = static_cast<std::int64_t>(comparison.worst);
  return differing == 0 ? "exact  all " + std::to_string(comparison.compared) + " equal"
                        : "exact  " + std::to_string(differing) + " of " +
                              std::to_string(comparison.compared) + " differ";
}

nlohmann::json to_json(const Comparison& comparison) {
  nlohmann::json json = {{"name", comparison.name},
                         {"within", comparison.within()},
                         {"compared", comparison.compared},
                         {"tolerance", "exact"},
                         {"worst", comparison.worst}};
  if (comparison.tolerance) json["tolerance"] = *comparison.tolerance;
  if (!std::isfinite(comparison.worst)) json["worst"] = nullptr;  // no number, or nothing to compare
  if (!comparison.found.empty()) json["found"] = comparison.found;
  if (!comparison.difference.empty()) json["difference"] = comparison.difference;
  return json;
}

const char* outcome_word(const CaseOutcome& outcome) {
  return !outcome.readable() ? "unreadable" : outcome.within() ? "within" : "over";
}

}  // namespace

bool CaseOutcome::within() const {
  return findings.ok() && std::all_of(findings->comparisons.begin(), findings->comparisons.end(),
                                      [](const Comparison& comparison) { return comparison.within(); });
}

void Totals::add(const CaseOutcome& outcome) {
  seconds += outcome.seconds;
  if (!outcome.readable()) {
    ++unreadable;
    return;
  }
  ++(outcome.within() ? within : over);
  comparisons += static_cast<std::int64_t>(outcome.findings->comparisons.size());
}

void print(std::ostream& out, const CaseOutcome& outcome) {
  out << outcome.folder << "  " << (outcome.kind.empty() ? "" : "kind " + outcome.kind + "  ")
      << outcome_word(outcome) << "  " << std::fixed << std::setprecision(1) << outcome.seconds << " s\n";
  if (!outcome.readable()) {
    out << "  " << outcome.findings.error().message << "\n";
    return;
  }
  std::size_t width = 24;
  for (const auto& comparison : outcome.findings->comparisons)
    width = std::max(width, comparison.name.size());
  for (const auto& comparison : outcome.findings->comparisons) {
    out << "  " << (comparison.within() ? "ok    " : "WRONG ") << comparison.name
        << std::string(width - comparison.name.size() + 2, ' ')
        << (comparison.found.empty() ? verdict(comparison) : comparison.found) << "\n";
    if (!comparison.difference.empty()) out << "        " << comparison.difference << "\n";
  }
  for (const auto& note : outcome.findings->notes) out << "  note: " << note << "\n";
}

void print(std::ostream& out, const Totals& totals) {
  out << totals.within + totals.over + totals.unreadable << " cases: " << totals.within
      << " within tolerance, " << totals.over << " over it, " << totals.unreadable << " unreadable; "
      << totals.comparisons << " comparisons, " << std::fixed << std::setprecision(1) << totals.seconds
      << " s, peak memory " << totals.peak_memory_mib << " MiB\n";
}

nlohmann::json to_json(const std::vector<CaseOutcome>& outcomes, const Totals& totals) {
  nlohmann::json cases = nlohmann::json::array();
  for (const auto& outcome : outcomes) {
    nlohmann::json one = {{"folder", outcome.folder},
                          {"kind", outcome.kind},
                          {"outcome", outcome_word(outcome)},
                          {"seconds", outcome.seconds}};
    if (!outcome.readable()) {
      one["error"] = outcome.findings.error().message;
    } else {
      one["comparisons"] = nlohmann::json::array();
      for (const auto& comparison : outcome.findings->comparisons)
        one["comparisons"].push_back(to_json(comparison));
      one["notes"] = outcome.findings->notes;
    }
    cases.push_back(std::move(one));
  }
  return {{"cases", cases},
          {"within", totals.within},
          {"over", totals.over},
          {"unreadable", totals.unreadable},
          {"comparisons", totals.comparisons},
          {"seconds", totals.seconds},
          {"peak_memory_mib", totals.peak_memory_mib}};
}

}  // namespace radfm::model::check
