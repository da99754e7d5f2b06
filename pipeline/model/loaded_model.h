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

// What a question tells and asks while its answer is made.
struct AnswerControl {
  // Gets the text so far with each token, and is called after each layer of an image and of the prompt: whoever listens knows that
  // something moves.
  std::function<void(const char* stage, int done, int of, const std::string& text)> progress;
  const std::atomic<bool>* cancelled = nullptr;  // looked at before each step
};

// An answer in the making: LoadedModel::begin makes it, LoadedModel::advance takes it a step further. Goes before its model.
class Answer {
 public:
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer();
  bool has_ended() const;
  bool decodes() const;  // its images and its prompt are read
  Result<Generated> result() const;  // once it has ended

 private:
  friend class LoadedModel;
  struct State;
  explicit Answer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// For one thread at a time.
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
  int answers_max() const;  // that the memory holds at once: two that do not decode yet, and others that do (placement.h)

  // An answer's beginning: the prompt is made to fit, the images are prepared, so that pixels need not live longer than the call.
  // Errors: permanent "bad_prompt", "prompt_too_long" (fit_prompt), "image_constant", "image_shape_bad"; poison "out_of_memory",
  // "engine_failed".
  Result<std::unique_ptr<Answer>> begin(const Prompt& prompt, const std::vector<SourceImage>& images, const GenerateOptions& options,
                                        AnswerControl control);

  // A step of answers that have not ended, in the order of their arrival: a token more of each that decodes, in one pass over the
  // weights, and then one layer of an image or of the prompt of the first that does not. An answer's text is the same whatever
  // others are beside it, and whether it is stepped each time or left alone for a while. A cancelled one ends as a result
  // ("cancelled") with the text so far. Errors of an answer: permanent "model_output_not_finite"; poison "out_of_memory", "engine_failed",
  // and transient failed_together_code instead where several made the step that failed.
  void advance(const std::vector<Answer*>& answers);

  // One answer from beginning to end. `between_steps` is called before each step; other answers may be made inside.
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
