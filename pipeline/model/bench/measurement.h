// SPDX-License-Identifier: Apache-2.0
// Times of several things, taken in turn: a machine that is busy for a while slows all of them, and favours none.
#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <string>
#include <vector>

#include "pipeline/model/bench/work.h"

namespace radfm::model {

// One thing whose time is taken.
struct Measurement {
  std::string kind = {};  // "vision", "prefill", "decode", ...
  int size = 0;       // how much of it: images, tokens, sequences
  int depth = 0;      // of images: slices
  std::string unit = {};  // what a run makes ("tokens"), and how many
  double units = 1;
  Work work = {};
  std::function<void()> prepare = {};  // before each run; not counted
  std::function<void()> run = {};
};

std::string name_of(const Measurement& measurement);  // for people

// Seconds of a run.
struct Timing {
  double median_s = 0, lowest_s = 0, highest_s = 0;
  int rounds = 0;
};

// Of one run, the device's work waited for.
double seconds_of(const Measurement& measurement, c10::Device device);

// Of values in any order, at least one.
Timing timing_of(std::vector<double> seconds);

// `rounds` of all of them in turn, the runs of one round behind each other.
std::vector<Timing> timed(const std::vector<Measurement>& measurements, int rounds, c10::Device device);

}  // namespace radfm::model
