// SPDX-License-Identifier: Apache-2.0
// What a comparison with golden values found: the worst difference and what was allowed. No torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radfm::model::check {

// One tensor, list or text of a case against what this program computes.
struct Comparison {
  std::string name;                 // "run0.safetensors vit.1"
  std::optional<double> tolerance;  // largest absolute difference allowed; none: everything must be equal
  double worst = 0;                 // largest absolute difference; with "exact": how many items differ
  std::int64_t compared = 0;        // numbers, ids, texts
  std::string difference;           // what differs, for people; empty when nothing does
  std::string found;                // what happened, where equal or not says too little; may be empty

  bool within() const { return difference.empty() && (tolerance ? worst <= *tolerance : worst == 0); }
};

struct CaseFindings {
  std::vector<Comparison> comparisons;
  std::vector<std::string> notes;  // worth telling, no failure

  Comparison& add(Comparison comparison) { return comparisons.emplace_back(std::move(comparison)); }
};

// Largest absolute difference of two lists of equal length (another length fails). What is no number fails.
Comparison compare_values(std::string name, const std::vector<float>& got, const std::vector<float>& expected,
                          double tolerance);
Comparison compare_value(std::string name, double got, double expected, double tolerance);

// Every item equal, the length too.
Comparison compare_exact(std::string name, const std::vector<std::int64_t>& got,
                         const std::vector<std::int64_t>& expected);
Comparison compare_exact(std::string name, const std::vector<int>& got, const std::vector<int>& expected);
Comparison compare_exact(std::string name, std::string_view got, std::string_view expected);
Comparison compare_exact_bits(std::string name, const std::vector<float>& got,
                              const std::vector<float>& expected);

// Many entries under one name, each equal or not: "333 texts".
class EntryComparison {
 public:
  explicit EntryComparison(std::string name) { comparison_.name = std::move(name); }
  // The first entry that differs is told with its number.
  void entry(bool equal, const std::string& what_differs);
  // Takes over the verdict of `part`, one more entry.
  void entry(const Comparison& part) { entry(part.within(), part.difference); }
  Comparison result() const { return comparison_; }

 private:
  Comparison comparison_;
};

// At most 60 bytes of a text from outside, printable ASCII, for messages.
std::string shown(std::string_view text);

}  // namespace radfm::model::check
