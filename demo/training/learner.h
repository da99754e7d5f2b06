// SPDX-License-Identifier: Apache-2.0
// A network in training, with all that a step changes: parameters, optimiser, workers. This header needs no torch.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "demo/training/example.h"
#include "demo/training/measures.h"
#include "demo/training/schedule.h"
#include "pipeline/model/model_card.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/model_files.h"

namespace radfm::training {

struct LearnerSettings {
  model::ModelConfig config;
  LabelKinds kinds;
  int channels = 1;        // 1: grey; 3: colour
  std::string seed;        // of the first values
  int workers = 0;         // 0: one for each core; a GPU is given work by one
  bool processor = false;  // also where there is a GPU
};

struct StepReport {
  std::array<double, tasks> loss{};  // of each task, without its weight
  double total = 0;
  double norm = 0;  // of the gradients before they are clipped; not finite: the step was left out
};

// To be called first in main(), before any thread exists: oneDNN then keeps the code that it makes for each shape of a product.
// Steps have batches of ever other lengths, and its own 1,024 places are soon full.
void keep_code_of_all_shapes();

// For one thread. Torch's exceptions end here: a step that fails is permanent "training_failed", or "out_of_memory".
class Learner {
 public:
  explicit Learner(const LearnerSettings& settings);
  ~Learner();
  Learner(const Learner&) = delete;
  Learner& operator=(const Learner&) = delete;

  std::string place() const;  // "2 threads, f32", for people
  int workers() const;
  std::int64_t parameters() const;

  // Learns from the examples of one step. The same steps give the same values for the same number of workers.
  Result<StepReport> step(const std::vector<Example>& examples, const TaskWeights& weights, const Rates& rates);
  // The same work without learning, to know how long it takes.
  Status rehearse(const std::vector<Example>& examples, const TaskWeights& weights);
  Result<Measures> measure(const std::vector<Example>& examples);

  // Everything that a step changes, as safetensors: "value.N", "first.N", "second.N" of each parameter N, and "updates".
  // Whole or not at all. transient "conversion_cannot_write".
  Status save(const std::filesystem::path& file) const;
  // permanent: those of Checkpoint::open_file and check (another model, or damaged).
  Status load(const std::filesystem::path& file);
  // Begins from a published model of the same configuration; the heads, which are not published, begin anew. Errors: those of
  // Weights::load and adopt_values.
  Status adopt(const model::ModelFiles& files);

  // A model directory (bf16) that inference loads; `out` must not be there. Errors: those of convert_checkpoint.
  Status publish(const std::filesystem::path& out, const std::filesystem::path& tokenizer,
                 const model::ModelCard& card) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radfm::training
