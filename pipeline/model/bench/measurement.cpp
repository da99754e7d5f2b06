// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/bench/measurement.h"

#include <algorithm>

#include "pipeline/model/bench/stopwatch.h"
#include "pipeline/model/cuda_device.h"

namespace radfm::model {
namespace {

void finish(c10::Device device) {
  if (device.is_cuda()) cuda::synchronize(device.index());
}

}  // namespace

std::string name_of(const Measurement& what) {
  const std::string size = std::to_string(what.size);
  if (what.kind == "vision") return "images, " + size + " of depth " + std::to_string(what.depth);
  if (what.kind == "prefill") return "prompt, " + size + " tokens";
  if (what.kind == "decode") return "new tokens, " + size + (what.size == 1 ? " sequence" : " sequences at once");
  if (what.kind == "report") return "a whole report";
  return what.kind + (what.size > 0 ? ", " + size + " places of each thread" : "");
}

double seconds_of(const Measurement& measurement, c10::Device device) {
  if (measurement.prepare) measurement.prepare();
  finish(device);
  const Stopwatch watch;
  measurement.run();
  finish(device);
  return watch.s();
}

Timing timing_of(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  const std::size_t middle = seconds.size() / 2;
  const double median = seconds.size() % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
  return {median, seconds.front(), seconds.back(), static_cast<int>(seconds.size())};
}

std::vector<Timing> timed(const std::vector<Measurement>& measurements, int rounds, c10::Device device) {
  std::vector<std::vector<double>> seconds(measurements.size());
  for (int round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < measurements.size(); ++i) seconds[i].push_back(seconds_of(measurements[i], device));
  std::vector<Timing> timings;
  for (auto& one : seconds) timings.push_back(timing_of(std::move(one)));
  return timings;
}

}  // namespace radfm::model
