// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/metric_text.h"

namespace radfm::plugin {
namespace {

std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
  return text;
}

// "0.25", "60": exact, whatever the locale is.
std::string in_seconds(std::int64_t ms) {
  std::string text = std::to_string(ms / 1'000);
  std::string thousandths = std::to_string(1'000 + ms % 1'000).substr(1);
  while (!thousandths.empty() && thousandths.back() == '0') thousandths.pop_back();
  return thousandths.empty() ? text : text + "." + thousandths;
}

std::string_view word_of(MetricText::Kind kind) {
  switch (kind) {
    case MetricText::Kind::gauge: return "gauge";
    case MetricText::Kind::counter: return "counter";
    case MetricText::Kind::histogram: break;
  }
  return "histogram";
}

}  // namespace

void MetricText::family(std::string_view name, Kind kind, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name_).append(" ").append(help).append("\n# TYPE ").append(name_).append(" ").append(word_of(kind)).append("\n");
}

void MetricText::sample(std::int64_t value, const MetricLabels& labels) { write("", labels, std::to_string(value)); }

void MetricText::histogram(const db::Durations& durations, MetricLabels labels) {
  const MetricLabels without_bound = labels;
  std::int64_t below = 0;
  labels.emplace_back("le", "");
  for (std::size_t i = 0; i < db::duration_classes_ms.size(); ++i) {
    const std::string bound = in_seconds(db::duration_classes_ms[i]);
    labels.back().second = bound;
    below += durations.in_class[i];
    write("_bucket", labels, std::to_string(below));
  }
  labels.back().second = "+Inf";
  const std::string count = std::to_string(durations.count());
  write("_bucket", labels, count);
  write("_sum", without_bound, in_seconds(durations.sum_ms));
  write("_count", without_bound, count);
}

void MetricText::write(std::string_view suffix, const MetricLabels& labels, std::string_view value) {
  text_.append(name_).append(suffix);
  std::string_view before = "{";
  for (const auto& [name, text] : labels) {
    text_.append(before).append(name).append("=\"").append(escaped(text)).append("\"");
    before = ",";
  }
  text_.append(labels.empty() ? " " : "} ").append(value).append("\n");
}

}  // namespace radfm::plugin
