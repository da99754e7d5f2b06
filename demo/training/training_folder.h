// SPDX-License-Identifier: Apache-2.0
// The folder of a training run:
//   training.json      what is trained and how far it is; it names the state's file and is replaced last of all, so that
//                      a run that is killed at any moment goes on from the last whole state
//   state-N.safetensors  parameters and optimiser after step N of the run; only the last one is kept
//   tokenizer.model    the vocabulary, where it was learned here
//   loss.csv, held_out.csv, curves.png   what happened
//   model/             the model directory, at the end
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.h"
#include "demo/training/example_stream.h"

namespace radfm::training {

inline constexpr std::size_t training_json_bytes_max = 1u << 20;

struct RunState {
  // What is trained; a run that goes on must have the same.
  std::string seed;
  std::string model;                    // the configuration as JSON text
  std::string records;                  // where they come from
  std::string from;                     // digest of the model that it began from; empty: from nothing
  int workers = 0;                      // the sums of their gradients are rounded in their order
  std::array<std::int64_t, 2> steps{};  // of each stage, planned

  // How far it is.
  int stage = 0;
  std::int64_t step = 0;  // of the stage, done
  Cursors cursors;        // of the stage
  double minutes = 0;     // of work so far, all starts together
  double processor_minutes = 0;

  std::int64_t all_steps() const { return steps[0] + steps[1]; }
  std::int64_t steps_done() const { return (stage > 0 ? steps[0] : 0) + (stage > 1 ? steps[1] : 0) + step; }
  bool finished() const { return stage > 1; }
};

// training.json of `folder`; permanent "training_state_missing", "training_state_bad".
Result<RunState> read_run_state(const std::filesystem::path& folder);
std::filesystem::path state_file(const std::filesystem::path& folder, const RunState& state);
// The state's file must be there already. Older ones are removed. transient "conversion_cannot_write".
Status write_run_state(const std::filesystem::path& folder, const RunState& state);

}  // namespace radfm::training
