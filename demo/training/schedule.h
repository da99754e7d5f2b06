// SPDX-License-Identifier: Apache-2.0
// How fast each part learns at each step of a stage, and what a stage is made of. Plain values.
#pragma once

#include <array>
#include <cstdint>

#include "demo/training/example_stream.h"

namespace radfm::training {

// Learning rates are set for each: the vision tower with perceiver and fc, the language model, the heads.
enum class Part { vision, language, heads };
inline constexpr int parts = 3;
using Rates = std::array<double, parts>;

// By how much each task counts. A task's loss is a mean over all that a step asks of it, summed over its kinds.
struct TaskWeights {
  double classes = 1, pairs = 1, maps = 1, language = 1;
};
enum Task { task_classes, task_pairs, task_maps, task_language, tasks };
inline constexpr std::array<const char*, tasks> task_names{"classes", "pairs", "maps", "language"};

// One stage of a training.
struct StageSettings {
  const char* name = "";
  RecordSource::Stage stage = RecordSource::Stage::caption;
  StepSize size;
  TaskWeights weights;
  Rates peak{};                // reached after the warm-up
  double share = 0.5;          // of the time of a training that is planned by its time
  std::int64_t warm_up = 200;  // steps, at most a tenth of the stage
  std::int64_t tower_rests = 0;  // first steps in which the vision tower does not learn: new heads cannot teach it
};

inline constexpr double last_rate_share = 0.02;  // of the peak, at the end of a stage

// Linear warm-up, then half a cosine down. `step` counts from 0.
Rates rates_at(const StageSettings& stage, std::int64_t step, std::int64_t steps);

// The stages of the paper: images and their captions, then the tasks. Where the records have no labels, the language
// model is the only teacher from the start.
std::array<StageSettings, 2> usual_stages(const LabelKinds& kinds);

// The same for a model that has learned already: it goes on with the tasks, at lower rates and with more volumes. Planned by
// time, all of it is the second stage.
std::array<StageSettings, 2> later_stages(const LabelKinds& kinds);

// Which examples each worker takes, so that all have about as much to do.
std::vector<std::vector<const Example*>> shares_of(const std::vector<Example>& examples, int workers,
                                                   const model::VisionConfig& vision);

}  // namespace radfm::training
