// SPDX-License-Identifier: Apache-2.0
// A training run from its first step to the model directory: both stages, progress, states that it can go on from. No
// torch in this header.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "demo/training/learner.h"
#include "demo/training/training_folder.h"

namespace radfm::training {

struct TrainerSettings {
  std::filesystem::path out;        // the run's folder; made if it is not there
  std::filesystem::path tokenizer;  // SentencePiece model; empty: it is learned from the records first
  model::ModelConfig config;
  model::ModelCard card;
  std::optional<model::ModelFiles> from;  // a model to begin from, of `config`; else from nothing
  std::string seed = "1";
  std::string records = "phantoms";  // where they come from, for the state
  int channels = 1;
  int workers = 0;  // 0: one for each core
  bool processor = false;

  double minutes = 150;                                // of both stages, if `steps` says nothing
  std::optional<std::array<std::int64_t, 2>> steps;    // of each stage
  std::optional<std::array<StageSettings, 2>> stages;  // instead of usual_stages or later_stages
  bool resume = false;                                 // go on in `out`; else it must not hold a training

  double state_every_minutes = 5;
  std::int64_t report_every_steps = 20, measure_every_steps = 400;
  int held_out_radiographs = 96, held_out_volumes = 32;
};

// Why a run ended well.
enum class RunEnd { finished, stopped };

// `stop` is looked at after each step: the state is written and the run ends (RunEnd::stopped). `say` gets lines for
// people. Errors: those of learn_vocabulary, Tokenizer::load, ExampleStream, Learner and read_run_state; permanent
// "training_out_taken" (a training is there and `resume` is not asked), "training_differs" (it is of another model, seed,
// number of workers or other records), "training_diverged" (the gradients are no numbers ten times in a row).
Result<RunEnd> train(const TrainerSettings& settings, const RecordSource& source, const std::atomic<bool>& stop,
                     const std::function<void(const std::string&)>& say);

}  // namespace radfm::training
