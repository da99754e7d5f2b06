// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/check/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace radfm::model::check {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

// A value that is no number differs by more than any tolerance.
double distance(double a, double b) {
  const double difference = std::abs(a - b);
  return std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
}

std::string lengths_differ(std::size_t got, std::size_t expected) {
  return std::to_string(got) + " items, expected " + std::to_string(expected);
}

template <class Item, class Equal, class Show>
Comparison compare_items(std::string name, const std::vector<Item>& got, const std::vector<Item>& expected,
                         const Equal& equal, const Show& show) {
  Comparison result;
  result.name = std::move(name);
  result.compared = static_cast<std::int64_t>(expected.size());
  const std::size_t shared = std::min(got.size(), expected.size());
  result.worst = static_cast<double>(std::max(got.size(), expected.size()) - shared);
  if (got.size() != expected.size()) result.difference = lengths_differ(got.size(), expected.size());
  bool first = true;
  for (std::size_t i = 0; i < shared; ++i) {
    if (equal(got[i], expected[i])) continue;
    result.worst += 1;
    if (first)
      result.difference += (result.difference.empty() ? "" : "; ") + std::string("item ") +
                           std::to_string(i) + " is " + show(got[i]) + ", expected " + show(expected[i]);
    first = false;
  }
  return result;
}

}  // namespace

Comparison compare_values(std::string name, const std::vector<float>& got, const std::vector<float>& expected,
                          double tolerance) {
  Comparison result;
  result.name = std::move(name);
  result.tolerance = tolerance;
  result.compared = static_cast<std::int64_t>(expected.size());
  if (got.size() != expected.size() || expected.empty()) {
    result.worst = std::numeric_limits<double>::infinity();
    result.difference =
        expected.empty() ? "nothing to compare with" : lengths_differ(got.size(), expected.size());
    return result;
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = distance(double{got[i]}, double{expected[i]});
    if (difference > result.worst) result.worst = difference, at = i;
  }
  if (result.worst > tolerance)
    result.difference = "value " + std::to_string(at) + " is " + number(double{got[at]}) + ", expected " +
                        number(double{expected[at]});
  return result;
}

Comparison compare_value(std::string name, double got, double expected, double tolerance) {
  Comparison result;
  result.name = std::move(name);
  result.tolerance = tolerance;
  result.worst = distance(got, expected);
  result.compared = 1;
  if (result.worst > tolerance) result.difference = "is " + number(got) + ", expected " + number(expected);
  return result;
}

Comparison compare_exact(std::string name, const std::vector<std::int64_t>& got,
                         const std::vector<std::int64_t>& expected) {
  const auto show = [](std::int64_t item) { return std::to_string(item); };
  return compare_items(std::move(name), got, expected, std::equal_to<>(), show);
}

Comparison compare_exact(std::string name, const std::vector<int>& got, const std::vector<int>& expected) {
  const auto show = [](int item) { return std::to_string(item); };
  return compare_items(std::move(name), got, expected, std::equal_to<>(), show);
}

Comparison compare_exact_bits(std::string name, const std::vector<float>& got,
                              const std::vector<float>& expected) {
  const auto same_bits = [](float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; };
  const auto show = [](float item) { return number(double{item}); };
  return compare_items(std::move(name), got, expected, same_bits, show);
}

Comparison compare_exact(std::string name, std::string_view got, std::string_view expected) {
  Comparison result;
  result.name = std::move(name);
  result.compared = 1;
  if (got == expected) return result;
  result.worst = 1;
  const auto at = static_cast<std::size_t>(
      std::mismatch(got.begin(), got.end(), expected.begin(), expected.end()).first - got.begin());
  result.difference = "from byte " + std::to_string(at) + ": '" + shown(got.substr(at)) + "', expected '" +
                      shown(expected.substr(at)) + "'";
  return result;
}

void EntryComparison::entry(bool equal, const std::string& what_differs) {
  if (!equal) {
    comparison_.worst += 1;
    if (comparison_.difference.empty())
      comparison_.difference = "entry " + std::to_string(comparison_.compared) + ": " +
                               (what_differs.empty() ? "differs" : what_differs);
  }
  comparison_.compared += 1;
}

std::string shown(std::string_view text) {
  constexpr std::size_t bytes_max = 60;
  std::string result(text.substr(0, bytes_max));
  for (char& c : result)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  return text.size() > bytes_max ? result + "..." : result;
}

}  // namespace radfm::model::check
