// SPDX-License-Identifier: Apache-2.0
// What the check of many cases prints: lines for people, or JSON.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "core/result.h"
#include "pipeline/model/check/comparison.h"

namespace radfm::model::check {

struct CaseOutcome {
  std::string folder, kind;
  Result<CaseFindings> findings = CaseFindings{};
  double seconds = 0;

  bool readable() const { return findings.ok(); }
  bool within() const;
};

struct Totals {
  int within = 0, over = 0, unreadable = 0;
  std::int64_t comparisons = 0;
  double seconds = 0;
  std::int64_t peak_memory_mib = 0;

  void add(const CaseOutcome& outcome);
  int exit_code() const { return unreadable ? 2 : over ? 1 : 0; }
};

void print(std::ostream& out, const CaseOutcome& outcome);
void print(std::ostream& out, const Totals& totals);  // one line
nlohmann::json to_json(const std::vector<CaseOutcome>& outcomes, const Totals& totals);

}  // namespace radfm::model::check
