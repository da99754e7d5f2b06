// SPDX-License-Identifier: Apache-2.0
#include "db/tally_names.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace radfm::db {
namespace {

constexpr std::string_view up_to = "le ", more = "more", sum = "sum";

std::size_t class_of(std::int64_t ms) {
  return static_cast<std::size_t>(std::ranges::lower_bound(duration_classes_ms, ms) - duration_classes_ms.begin());
}

std::string row_of(std::size_t in_class) {
  return in_class < duration_classes_ms.size() ? std::string(up_to) + std::to_string(duration_classes_ms[in_class]) : std::string(more);
}

// An older program may have had other classes: what it counted goes into the one of ours that holds its bound.
std::optional<std::size_t> class_of_row(std::string_view row) {
  if (row == more) return duration_classes_ms.size();
  if (!row.starts_with(up_to)) return std::nullopt;
  row.remove_prefix(up_to.size());
  std::int64_t bound_ms = 0;
  const auto [end, error] = std::from_chars(row.data(), row.data() + row.size(), bound_ms);
  if (error != std::errc() || end != row.data() + row.size()) return std::nullopt;
  return class_of(bound_ms);
}

}  // namespace

std::vector<Tally> duration_tallies(std::string_view family, std::string_view of, std::int64_t ms) {
  ms = std::max<std::int64_t>(ms, 0);  // of a wall clock that was set back
  const std::string prefix = std::string(of) + "/";
  return {{std::string(family), prefix + row_of(class_of(ms)), 1}, {std::string(family), prefix + std::string(sum), ms}};
}

std::int64_t Durations::count() const { return std::accumulate(in_class.begin(), in_class.end(), std::int64_t{0}); }

std::map<std::string, Durations> durations_of(const std::vector<Tally>& tallies, std::string_view family) {
  std::map<std::string, Durations> found;
  for (const Tally& tally : tallies) {
    const std::size_t slash = tally.label.find('/');
    if (tally.name != family || slash == std::string::npos) continue;
    const std::string_view row = std::string_view(tally.label).substr(slash + 1);
    Durations& durations = found[tally.label.substr(0, slash)];
    if (row == sum) {
      durations.sum_ms += tally.value;
    } else if (const auto in_class = class_of_row(row)) {
      durations.in_class[*in_class] += tally.value;
    }
  }
  return found;
}

}  // namespace radfm::db
