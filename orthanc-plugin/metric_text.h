// SPDX-License-Identifier: GPL-3.0-or-later
// Writes Prometheus' text exposition format 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format): each family with HELP and TYPE before its samples.
// For use inside one call; not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "db/tally_names.h"

namespace radfm::plugin {

// Names and values; a value may be any text.
using MetricLabels = std::vector<std::pair<std::string_view, std::string_view>>;

class MetricText {
 public:
  enum class Kind { gauge, counter, histogram };

  // The family of the samples that follow. A name of a counter ends in _total, one of a duration in _seconds.
  void family(std::string_view name, Kind kind, std::string_view help);
  void sample(std::int64_t value, const MetricLabels& labels = {});
  // Of a family of Kind::histogram: buckets that count what is below them, sum and count, in seconds.
  void histogram(const db::Durations& durations, MetricLabels labels = {});

  const std::string& text() const { return text_; }

 private:
  void write(std::string_view suffix, const MetricLabels& labels, std::string_view value);

  std::string name_, text_;
};

}  // namespace radfm::plugin
