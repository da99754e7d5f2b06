// SPDX-License-Identifier: Apache-2.0
// A model directory made ready to answer: files, tokenizer and network together. This header needs no torch;
// what is behind it does. Exceptions of torch end here and become Results.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/image_input.h"
#include "pipeline/model/memory_need.h"
#include "pipeline/model/model_config.h"
#include "pipeline/model/prompt.h"

namespace radfm::model {

struct LoadOptions {
  std::filesystem::path directory;
  std::string device =
      "auto";       // auto, cpu, cuda, cuda:N; auto takes a GPU if this build and this machine have one
  std::string dtype = "auto";   // auto, f32, bf16, f16, int8, int4; what auto takes: pipeline/model/placement.h
  int threads = 0;              // of the whole process; 0: all cores
  int embedding_cache_mb = 64;  // for embeddings of images; 0: none are kept
  bool record_known_answer = false;  // compute it in float32 on the processor and write it, instead of checking it
  std::optional<AvailableMemory> memory;  // instead of asking the machine; for tests
};

// One generation at a time, and one more inside the first one's `between_steps`.
class LoadedModel {
 public:
  // Errors: those of open_model_files, Tokenizer::load, place, Weights::load and of the known answer
  // (known_answer.h, known_answer_check.h), which is checked before the model is handed out.
  static Result<LoadedModel> load(
      const LoadOptions& options,
      const std::function<void(std::int64_t bytes_done, std::int64_t bytes_of)>& progress);
  LoadedModel(LoadedModel&&) noexcept;
  LoadedModel& operator=(LoadedModel&&) noexcept;
  ~LoadedModel();

  const ModelFacts& facts() const;
  const ModelConfig& config() const;
  bool holds_two() const;  // the memory suffices for a generation inside another one (placement.h)

  // `between_steps`: generation.h. `progress` gets the text so far with each token, and is called after each layer of an image and of
  // the prompt: whoever listens knows that something moves. The pixels must live during the call. A cancelled
  // generation is a result ("cancelled") with the text so far. Errors: permanent "bad_prompt",
  // "prompt_too_long" (fit_prompt), "image_constant", "image_shape_bad", "model_output_not_finite"; poison
  // "out_of_memory", "engine_failed".
  using Progress = std::function<void(const char* stage, int done, int of, const std::string& text)>;
  Result<Generated> generate(const Prompt& prompt, const std::vector<SourceImage>& images,
                             const GenerateOptions& options, const Progress& progress,
                             const std::atomic<bool>* cancelled, const std::function<void()>& between_steps = {});

 private:
  struct State;
  explicit LoadedModel(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace radfm::model
