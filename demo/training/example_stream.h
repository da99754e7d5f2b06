// SPDX-License-Identifier: Apache-2.0
// The examples of one training step after the other, drawn and prepared by a thread of its own while the network learns
// from the step before. The same steps for the same source, whatever the machine.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "demo/training/example.h"

namespace radfm::training {

// Records from this number on are never learned from: what is measured on them is a measure of what is unseen.
inline constexpr std::uint64_t held_out_begin = std::uint64_t{1} << 40;
// A source that shows no volume (or no radiograph) among so many numbers has none.
inline constexpr std::uint64_t kind_search_max = 4096;
inline constexpr std::size_t steps_ahead_max = 4;

// What a step is made of. A kind that the source does not have is left out.
struct StepSize {
  int radiographs = 24, volumes = 4;  // records
  int language_every = 1;             // every so many-th record of each kind teaches the language model too
  int volume_vision_every = 1;        // every so many-th study of volumes teaches the vision tower too
};

// The next number of each kind to be looked at.
struct Cursors {
  std::uint64_t radiograph = 0, volume = 0;
  bool operator==(const Cursors&) const = default;
};

// An image that several records of a step show is encoded and labelled once: many questions about few images cost little.
struct StepExamples {
  std::vector<Example> examples;
  Cursors after;  // where the next step begins
};

class ExampleStream {
 public:
  // All that is referred to must outlive the stream. It begins at `from` and never ends by itself.
  ExampleStream(const RecordSource& source, const model::Tokenizer& tokenizer, const model::ModelConfig& config,
                RecordSource::Stage stage, const StepSize& size, const ExampleOptions& options, const Cursors& from);
  ~ExampleStream();  // waits for the record that is being drawn
  ExampleStream(const ExampleStream&) = delete;
  ExampleStream& operator=(const ExampleStream&) = delete;

  // Waits for the next step. Errors: those of prepare_example, and permanent "records_missing": the source has neither
  // radiographs nor volumes where they are asked of it. After an error each further call gives it again.
  Result<StepExamples> next();

  // One step, in the caller's thread.
  static Result<StepExamples> draw(const RecordSource& source, const model::Tokenizer& tokenizer,
                                   const model::ModelConfig& config, RecordSource::Stage stage, const StepSize& size,
                                   const ExampleOptions& options, const Cursors& from);

 private:
  void run();

  const RecordSource& source_;
  const model::Tokenizer& tokenizer_;
  const model::ModelConfig& config_;
  const RecordSource::Stage stage_;
  const StepSize size_;
  const ExampleOptions options_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Result<StepExamples>> ready_;  // at most steps_ahead_max
  Cursors at_;
  bool stopping_ = false;
  std::thread thread_;  // last: everything is there when it starts
};

}  // namespace radfm::training
