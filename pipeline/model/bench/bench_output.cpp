// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/bench_output.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <ostream>

namespace radfm::model {
namespace {

nlohmann::json to_json(const Measured& measured) {
  const auto& [what, timing] = measured;
  nlohmann::json json = {{"kind", what.kind},
                         {"size", what.size},
                         {"median_s", timing.median_s},
                         {"lowest_s", timing.lowest_s},
                         {"highest_s", timing.highest_s},
                         {"rounds", timing.rounds},
                         {"unit", what.unit},
                         {"per_s", what.units / timing.median_s}};
  if (what.depth > 0) json["depth"] = what.depth;
  return json;
}

nlohmann::json to_json(const Measured& measured, const MachineLimits& limits) {
  nlohmann::json json = to_json(measured);
  const double limit_s = limits.seconds_of(measured.what.work);
  json["bytes"] = measured.what.work.bytes;
  json["operations"] = measured.what.work.operations;
  json["limit_s"] = limit_s;
  json["share_of_limit"] = limit_s / measured.timing.median_s;
  return json;
}

nlohmann::json to_json(const MachineLimits& limits) {
  return {{"read_bytes_per_s", limits.read_bytes_per_s},
          {"read_way", limits.read_way},
          {"f32_operations_per_s", limits.f32_operations_per_s},
          {"bf16_operations_per_s", limits.bf16_operations_per_s},
          {"to_device_bytes_per_s", limits.to_device_bytes_per_s}};
}

nlohmann::json to_json(const ReportParts& report) {
  return {{"vision_s", timing_of(report.vision_s).median_s},
          {"prefill_s", timing_of(report.prefill_s).median_s},
          {"decode_s", timing_of(report.decode_s).median_s},
          {"images", report.sizes.images},
          {"prompt_tokens", report.sizes.prompt_tokens},
          {"new_tokens", report.sizes.new_tokens}};
}

nlohmann::json to_json(const Exactness& exactness) {
  return {{"against", exactness.of_arithmetic ? "float32 arithmetic on the same quantised weights" : "float32 weights and arithmetic"},
          {"logit_difference", exactness.logit_difference},
          {"logit_range", exactness.logit_range},
          {"tokens", exactness.tokens},
          {"tokens_equal", exactness.tokens_equal},
          {"lead_lost", exactness.lead_lost}};
}

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[160];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

void print_limits(const BenchFigures& figures, std::ostream& out) {
  out << "\n| limit | median | slowest to quickest |\n|---|---|---|\n";
  for (const auto& [what, timing] : figures.of_limits)
    out << "| " << name_of(what)
        << text(" | %.1f G %s/s | %.1f to %.1f |\n", what.units / timing.median_s / 1e9, what.unit.c_str(),
                what.units / timing.highest_s / 1e9, what.units / timing.lowest_s / 1e9);
}

void print_speeds(const BenchFigures& figures, std::ostream& out) {
  out << "\n| | seconds, median | quickest to slowest | a second | bytes | operations | limit | share of the limit |\n"
         "|---|---|---|---|---|---|---|---|\n";
  for (const auto& [what, timing] : figures.of_model) {
    const double limit_s = figures.limits.seconds_of(what.work);
    out << "| " << name_of(what)
        << text(" | %.4f | %.4f to %.4f | %.2f %s | %.2f GB | %.2f G | %.4f s | %.0f %% |\n", timing.median_s, timing.lowest_s,
                timing.highest_s, what.units / timing.median_s, what.unit.c_str(), what.work.bytes / 1e9,
                what.work.operations / 1e9, limit_s, 100 * limit_s / timing.median_s);
  }
  if (figures.report.decode_s.empty()) return;
  const auto& sizes = figures.report.sizes;
  out << text("\nThe report: %d images, %d tokens of prompt, %d new ones; vision %.3f s, prompt %.3f s, new tokens %.3f s.\n",
              sizes.images, sizes.prompt_tokens, sizes.new_tokens, timing_of(figures.report.vision_s).median_s,
              timing_of(figures.report.prefill_s).median_s, timing_of(figures.report.decode_s).median_s);
}

void print_exactness(const Exactness& exactness, std::ostream& out) {
  out << text("\nAgainst float32%s: logits differ by at most %.3g of a range of %.3g; %d of %d likeliest tokens are the same",
              exactness.of_arithmetic ? " with the same quantised weights" : "", exactness.logit_difference, exactness.logit_range,
              exactness.tokens_equal, exactness.tokens);
  if (exactness.tokens_equal < exactness.tokens) out << text(" (the others led by at most %.3g)", exactness.lead_lost);
  out << ".\n";
}

}  // namespace

nlohmann::json to_json(const BenchFigures& figures) {
  nlohmann::json json = {{"model", figures.model},
                         {"parameters", figures.parameters},
                         {"language_layers", figures.layers},
                         {"device", figures.device},
                         {"processor", figures.processor},
                         {"dtype", figures.dtype},
                         {"threads", figures.threads},
                         {"load_s", figures.load_s},
                         {"weight_bytes", figures.weight_bytes},
                         {"estimated_bytes", figures.estimated_bytes},
                         {"left_out", figures.left_out}};
  if (!figures.of_model.empty()) {
    json["peak_bytes"] = figures.peak_bytes;
    json["limits"] = to_json(figures.limits);
    for (const auto& one : figures.of_limits) json["limit_runs"].push_back(to_json(one));
    for (const auto& one : figures.of_model) json["runs"].push_back(to_json(one, figures.limits));
    if (!figures.report.decode_s.empty()) json["report"] = to_json(figures.report);
  }
  if (figures.exactness) json["exactness"] = to_json(*figures.exactness);
  return json;
}

void print_table(const BenchFigures& figures, std::ostream& out) {
  out << figures.model << ": " << figures.parameters << " parameters, " << figures.dtype << " on " << figures.device << " ("
      << figures.processor << "), " << figures.threads << " threads\n"
      << text("Loaded in %.2f s; weights %.2f GB; asked for before loading %.2f GB", figures.load_s,
              static_cast<double>(figures.weight_bytes) / 1e9, static_cast<double>(figures.estimated_bytes) / 1e9);
  if (!figures.of_model.empty()) {
    out << text("; peak memory %.2f GB.\n", static_cast<double>(figures.peak_bytes) / 1e9);
    print_limits(figures, out);
    print_speeds(figures, out);
  } else {
    out << ".\n";
  }
  if (figures.exactness) print_exactness(*figures.exactness, out);
  for (const auto& sentence : figures.left_out) out << "Left out: " << sentence << ".\n";
}

}  // namespace radfm::model
