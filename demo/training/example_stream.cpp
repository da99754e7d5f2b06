// SPDX-License-Identifier: Apache-2.0
#include "demo/training/example_stream.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace radfm::training {
namespace {

// The first number from `from` on that is of this kind; nothing when the source has none.
std::optional<std::uint64_t> find_number(const RecordSource& source, bool volume, std::uint64_t from) {
  for (std::uint64_t number = from; number < from + kind_search_max; ++number)
    if (source.is_volume(number) == volume) return number;
  return {};
}

// Of the studies of volumes every so many-th teaches the vision tower; all records that show one do as its first does.
void choose_learning(std::vector<Example>& examples, std::size_t first_volume, int every) {
  std::map<std::uint64_t, bool> learns;
  int studies = 0;
  for (std::size_t e = first_volume; e < examples.size(); ++e) {
    Example& example = examples[e];
    if (example.keys.empty()) continue;
    const auto known = learns.find(example.keys[0]);
    example.vision_learns = known != learns.end() ? known->second : studies++ % every == 0;
    for (const std::uint64_t key : example.keys) learns.emplace(key, example.vision_learns);
    if (example.vision_learns) continue;
    example.labels.clear();
    example.pair_labels.clear();
  }
}

// A label counts once in a step, however many records show its image.
void label_once(std::vector<Example>& examples) {
  std::set<std::uint64_t> labelled;
  for (auto& example : examples)
    for (std::size_t i = 0; i < example.labels.size(); ++i)
      if (!labelled.insert(example.keys[i]).second) example.labels[i] = {};
}

}  // namespace

ExampleStream::ExampleStream(const RecordSource& source, const model::Tokenizer& tokenizer,
                             const model::ModelConfig& config, RecordSource::Stage stage, const StepSize& size,
                             const ExampleOptions& options, const Cursors& from)
    : source_(source),
      tokenizer_(tokenizer),
      config_(config),
      stage_(stage),
      size_(size),
      options_(options),
      at_(from),
      thread_([this] { run(); }) {}

ExampleStream::~ExampleStream() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Result<StepExamples> ExampleStream::draw(const RecordSource& source, const model::Tokenizer& tokenizer,
                                         const model::ModelConfig& config, RecordSource::Stage stage,
                                         const StepSize& size, const ExampleOptions& options, const Cursors& from) {
  StepExamples step;
  step.after = from;
  std::size_t first_volume = 0;
  for (const bool volume : {false, true}) {
    if (volume) first_volume = step.examples.size();
    std::uint64_t& cursor = volume ? step.after.volume : step.after.radiograph;
    const int count = volume ? size.volumes : size.radiographs;
    for (int i = 0; i < count; ++i) {
      const auto number = find_number(source, volume, cursor);
      if (!number) break;
      cursor = *number + 1;
      ExampleOptions own = options;
      own.language = i % size.language_every == 0;
      auto example = prepare_example(source.record(stage, *number), *number, source.kinds(), tokenizer, config, own);
      if (!example) return example.error();
      step.examples.push_back(std::move(example).value());
    }
  }
  if (step.examples.empty())
    return permanent_error("records_missing", "the source of records has none that this training asks for");
  choose_learning(step.examples, first_volume, size.volume_vision_every);
  label_once(step.examples);
  return step;
}

void ExampleStream::run() {
  while (true) {
    Cursors from;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || ready_.size() < steps_ahead_max; });
      if (stopping_) return;
      from = at_;
    }
    auto step = draw(source_, tokenizer_, config_, stage_, size_, options_, from);
    const std::lock_guard lock(mutex_);
    const bool failed = !step;
    if (!failed) at_ = step->after;
    ready_.push_back(std::move(step));
    changed_.notify_all();
    if (failed) return;
  }
}

Result<StepExamples> ExampleStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !ready_.empty(); });
  if (!ready_.front()) return ready_.front();  // stays
  auto step = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return step;
}

}  // namespace radfm::training
