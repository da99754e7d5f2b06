// SPDX-License-Identifier: Apache-2.0
// What an evaluation counts: reports against the truth, by attribute, by kind of study and by class of change. Not shared
// between threads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "demo/evaluation/report_way.h"
#include "demo/report_judgement.h"

namespace radfm::demo {

struct Share {
  int right = 0, asked = 0;
  void add(bool is_right) {
    right += is_right ? 1 : 0;
    ++asked;
  }
  double value() const { return asked == 0 ? 0 : static_cast<double>(right) / asked; }
};

// Truth in rows, what was said in columns; the last column is "neither of these".
struct Confusion {
  std::vector<std::string> names;
  std::vector<std::vector<int>> counts;
  explicit Confusion(std::vector<std::string> of)
      : names(std::move(of)), counts(names.size(), std::vector<int>(names.size() + 1)) {}
};

// Of one kind of study, or of all.
struct Group {
  std::map<std::string_view, Share> attributes;
  std::array<Share, phantom::changes> by_change{};
  std::map<std::string_view, Share> against_report;  // attributes where the prior report contradicts the pixels
  Confusion kind, change;
  Group();
  void add(const Exercise& exercise, const ParsedReport& report, const std::vector<Verdict>& verdicts);
};

struct Tally {
  Group radiographs, ct, all;
  Share ended;            // by itself
  Share not_diagnostic;   // of images that are none: said so, or refused
  Share compares_with_none;  // of reports without a prior image: a comparison is claimed; should be none
  Share same_text;        // as through model input, where that was asked too
  std::vector<double> milliseconds;
  void add(const Exercise& exercise, const WrittenReport& report);
  double median_ms() const;
  double longest_ms() const;
};

}  // namespace radfm::demo
