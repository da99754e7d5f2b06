// SPDX-License-Identifier: Apache-2.0
#include "demo/training/trainer.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "demo/training/curves.h"
#include "demo/training/vocabulary.h"

namespace radfm::training {
namespace {

constexpr int rehearsals = 3;          // timed steps of each stage before a run that is planned by its time
constexpr double beside_steps = 1.06;  // states, measures and the optimiser take time beside the passes
constexpr int broken_steps_max = 10;
constexpr std::uint64_t rehearsal_from = std::uint64_t{1} << 39;  // records that no run reaches

double processor_seconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string formatted(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// The means since the last report.
struct Window {
  std::array<double, tasks> loss{};
  double total = 0, norm = 0, began = seconds_now();
  int steps = 0;
  void add(const StepReport& report) {
    for (std::size_t t = 0; t < tasks; ++t) loss[t] += report.loss[t];
    total += report.total;
    norm += report.norm;
    ++steps;
  }
};

class Run {
 public:
  Run(const TrainerSettings& settings, const RecordSource& source, const std::atomic<bool>& stop,
      const std::function<void(const std::string&)>& say, const std::filesystem::path& tokenizer_file,
      model::Tokenizer tokenizer)
      : settings_(settings),
        source_(source),
        stop_(stop),
        say_(say),
        tokenizer_file_(tokenizer_file),
        tokenizer_(std::move(tokenizer)),
        stages_(settings.stages ? *settings.stages
                : settings.from ? later_stages(source.kinds())
                                : usual_stages(source.kinds())),
        learner_(LearnerSettings{settings.config, source.kinds(), settings.channels, settings.seed, settings.workers,
                                 settings.processor}) {
    example_options_.channels = settings.channels;
  }

  Result<RunEnd> run() {
    if (auto begun = begin(); !begun) return begun.error();
    if (auto opened = open_curves(); !opened) return opened.error();
    while (!state_.finished()) {
      auto ended = run_stage();
      if (!ended) return ended.error();
      if (*ended == RunEnd::stopped) return RunEnd::stopped;
    }
    return publish();
  }

 private:
  Status begin() {
    std::error_code error;
    std::filesystem::create_directories(settings_.out, error);
    RunState own;
    own.seed = settings_.seed;
    own.model = to_json(settings_.config).dump();
    own.records = settings_.records;
    own.workers = learner_.workers();
    if (settings_.from) own.from = settings_.from->card.digest;
    auto old = read_run_state(settings_.out);
    if (!old && old.error().code != "training_state_missing") return old.error();
    if (old && !settings_.resume)
      return permanent_error(
          "training_out_taken",
          settings_.out.string() + " holds a training; go on with --resume, or name another --out");
    if (!old) return begin_anew(own);
    if (old->seed != own.seed || old->model != own.model || old->records != own.records ||
        old->from != own.from || old->workers != own.workers)
      return permanent_error("training_differs", settings_.out.string() +
                                                     " holds a training of another model, seed, source of records, "
                                                     "beginning or number of threads; give the same, or another --out");
    state_ = *old;
    say_("going on after step " + std::to_string(state_.steps_done()) + " of " + std::to_string(state_.all_steps()));
    return learner_.load(state_file(settings_.out, state_));
  }

  Status begin_anew(const RunState& own) {
    state_ = own;
    say_(std::to_string(learner_.parameters()) + " parameters with the heads of training, " + learner_.place());
    if (settings_.from) {
      if (auto adopted = learner_.adopt(*settings_.from); !adopted) return adopted;
      say_("going on from " + settings_.from->card.name + ", weights " + settings_.from->card.digest);
    }
    if (settings_.steps) {
      state_.steps = *settings_.steps;
    } else {
      for (std::size_t s = 0; s < stages_.size(); ++s) {
        const auto seconds = seconds_of_step(stages_[s]);
        if (!seconds) return seconds.error();
        const double whole = settings_.minutes * 60 * stages_[s].share / (*seconds * beside_steps);
        state_.steps[s] = stages_[s].share > 0 ? std::max<std::int64_t>(1, static_cast<std::int64_t>(whole)) : 0;
        say_(std::string(stages_[s].name) + ": " + formatted("%.2f", 1 / *seconds) + " steps/s, " +
             std::to_string(state_.steps[s]) + " steps planned");
      }
    }
    return save();
  }

  Result<double> seconds_of_step(const StageSettings& stage) {
    Cursors from{rehearsal_from, rehearsal_from};
    double best = 1e9;
    for (int i = 0; i < rehearsals; ++i) {
      const auto step =
          ExampleStream::draw(source_, tokenizer_, settings_.config, stage.stage, stage.size, example_options_, from);
      if (!step) return step.error();
      from = step->after;
      const double began = seconds_now();
      if (auto done = learner_.rehearse(step->examples, stage.weights); !done) return done.error();
      best = std::min(best, seconds_now() - began);
    }
    return best;
  }

  Status open_curves() {
    std::vector<std::string> loss_columns{"stage", "minutes", "steps_per_s", "rate", "norm", "loss"};
    for (const char* name : task_names) loss_columns.push_back(std::string("loss_") + name);
    auto losses = CurveFile::open(settings_.out / "loss.csv", loss_columns, state_.steps_done());
    if (!losses) return losses.error();
    losses_ = std::move(losses).value();
    std::vector<std::string> columns{"stage", "minutes"};
    for (const char* kind : {"radiograph_", "volume_"})
      for (const auto& share : Measures(source_.kinds()).shares()) columns.push_back(kind + share.name);
    auto held_out = CurveFile::open(settings_.out / "held_out.csv", columns, state_.steps_done());
    if (!held_out) return held_out.error();
    held_out_ = std::move(held_out).value();
    return {};
  }

  const StageSettings& stage() const { return stages_[static_cast<std::size_t>(state_.stage)]; }
  std::int64_t stage_steps() const { return state_.steps[static_cast<std::size_t>(state_.stage)]; }

  Result<RunEnd> run_stage() {
    ExampleStream stream(source_, tokenizer_, settings_.config, stage().stage, stage().size, example_options_,
                         state_.cursors);
    if (state_.step < stage_steps())
      if (auto drawn = draw_held_out(); !drawn) return drawn.error();
    Window window;
    double started = seconds_now(), saved = started, processor = processor_seconds();
    int broken = 0;
    const auto settle = [&] {
      const double now = seconds_now();
      state_.minutes += (now - started) / 60;
      started = now;
      const double processor_now = processor_seconds();
      state_.processor_minutes += (processor_now - processor) / 60;
      processor = processor_now;
    };
    while (state_.step < stage_steps()) {
      const auto step = stream.next();
      if (!step) return step.error();
      const auto report =
          learner_.step(step->examples, stage().weights, rates_at(stage(), state_.step, stage_steps()));
      if (!report) return report.error();
      broken = std::isfinite(report->norm) ? 0 : broken + 1;
      if (broken == broken_steps_max)
        return permanent_error("training_diverged",
                               "the gradients are no numbers any more; start anew with lower rates");
      ++state_.step;
      state_.cursors = step->after;
      window.add(*report);
      const bool last = state_.step == stage_steps();
      if (window.steps >= settings_.report_every_steps || last) {
        settle();
        if (auto told = tell(window); !told) return told.error();
        window = {};
      }
      if (state_.step % settings_.measure_every_steps == 0 || last) {
        if (auto measured = measure(); !measured) return measured.error();
        window.began = seconds_now();
      }
      if (last || stop_.load() || seconds_now() - saved > settings_.state_every_minutes * 60) {
        settle();
        saved = started;
        if (!last)
          if (auto kept = save(); !kept) return kept.error();
      }
      if (stop_.load() && !last) return RunEnd::stopped;
    }
    ++state_.stage;
    state_.step = 0;
    state_.cursors = {};
    if (auto kept = save(); !kept) return kept.error();
    return RunEnd::finished;
  }

  Status save() {
    if (auto saved = learner_.save(state_file(settings_.out, state_)); !saved) return saved;
    return write_run_state(settings_.out, state_);
  }

  Status tell(const Window& window) {
    const double count = window.steps, rate = count / (seconds_now() - window.began);
    CurveFile::Row row{state_.steps_done(), {static_cast<double>(state_.stage), state_.minutes, rate}};
    const Rates rates = rates_at(stage(), state_.step - 1, stage_steps());
    row.values.push_back(rates[static_cast<std::size_t>(Part::language)]);
    row.values.push_back(window.norm / count);
    row.values.push_back(window.total / count);
    std::string line = std::string(stage().name) + " " + std::to_string(state_.step) + "/" +
                       std::to_string(stage_steps()) + "  loss " + formatted("%.3f", window.total / count) + " (";
    for (std::size_t t = 0; t < tasks; ++t) {
      row.values.push_back(window.loss[t] / count);
      line += std::string(t ? ", " : "") + task_names[t] + " " + formatted("%.3f", window.loss[t] / count);
    }
    // The stage's steps at the speed of now, and those of the next by their shares of the time.
    double left = static_cast<double>(stage_steps() - state_.step) / rate;
    if (state_.stage == 0 && state_.steps[1] > 0 && stages_[0].share > 0)
      left += static_cast<double>(stage_steps()) / rate * stages_[1].share / stages_[0].share;
    say_(line + ")  " + formatted("%.2f", rate) + " steps/s, " + formatted("%.1f", state_.minutes) +
         " min done, about " + formatted("%.0f", left / 60) + " left");
    return losses_->append(row);
  }

  Status draw_held_out() {
    held_out_examples_.clear();
    for (const bool volume : {false, true}) {
      StepSize size{volume ? 0 : settings_.held_out_radiographs, volume ? settings_.held_out_volumes : 0, 1};
      auto drawn = ExampleStream::draw(source_, tokenizer_, settings_.config, stage().stage, size, example_options_,
                                       {held_out_begin, held_out_begin});
      if (!drawn && drawn.error().code != "records_missing") return drawn.error();
      held_out_examples_.push_back(drawn ? std::move(drawn->examples) : std::vector<Example>());
    }
    return {};
  }

  Status measure() {
    CurveFile::Row row{state_.steps_done(), {static_cast<double>(state_.stage), state_.minutes}};
    std::vector<SharePanel> panels;
    for (std::size_t kind = 0; kind < held_out_examples_.size(); ++kind) {
      const auto measures = learner_.measure(held_out_examples_[kind]);
      if (!measures) return measures.error();
      const std::string title = kind ? "held-out volumes" : "held-out radiographs";
      std::string line = "  " + title + ":";
      if (!held_out_examples_[kind].empty()) panels.push_back({title, {}});
      for (const auto& share : measures->shares()) {
        if (share.asked) line += " " + share.name + " " + formatted("%.3f", share.value());
        if (share.asked && !share.name.ends_with(" place")) panels.back().columns.push_back(row.values.size());
        row.values.push_back(share.asked ? share.value() : std::nan(""));
      }
      if (!held_out_examples_[kind].empty()) say_(line);
    }
    if (auto kept = held_out_->append(row); !kept) return kept;
    return draw_curves(settings_.out / "curves.png", *losses_, 5, *held_out_, panels);
  }

  Result<RunEnd> publish() {
    const std::filesystem::path out = settings_.out / "model";
    std::error_code ignored;
    std::filesystem::remove_all(out, ignored);  // of an earlier end of this same run
    if (auto done = learner_.publish(out, tokenizer_file_, settings_.card); !done) return done.error();
    say_("wrote " + out.string() + " after " + formatted("%.1f", state_.minutes) + " minutes (" +
         formatted("%.1f", state_.processor_minutes) + " of processor)");
    return RunEnd::finished;
  }

  const TrainerSettings& settings_;
  const RecordSource& source_;
  const std::atomic<bool>& stop_;
  const std::function<void(const std::string&)>& say_;
  std::filesystem::path tokenizer_file_;
  model::Tokenizer tokenizer_;
  std::array<StageSettings, 2> stages_;
  ExampleOptions example_options_;
  Learner learner_;
  RunState state_;
  std::optional<CurveFile> losses_, held_out_;
  std::vector<std::vector<Example>> held_out_examples_;  // radiographs, volumes
};

// The given one, or one that is learned from the records into the run's folder; an earlier start's is taken again.
Result<std::filesystem::path> tokenizer_file_of(const TrainerSettings& settings, const RecordSource& source,
                                                const std::function<void(const std::string&)>& say) {
  if (!settings.tokenizer.empty()) return settings.tokenizer;
  const std::filesystem::path file = settings.out / "tokenizer.model", fresh = settings.out / "tokenizer.model.new";
  if (std::filesystem::exists(file)) return file;
  std::error_code error;
  std::filesystem::create_directories(settings.out, error);
  std::filesystem::remove(fresh, error);  // of a process that was killed while writing
  if (auto learned = learn_vocabulary(source, settings.config.llama.vocab, fresh); !learned) return learned.error();
  std::filesystem::rename(fresh, file, error);
  if (error) return transient_error("conversion_cannot_write", file.string() + " cannot be written: " + error.message());
  say("learned a vocabulary of " + std::to_string(settings.config.llama.vocab) + " pieces from " +
      std::to_string(source.texts()) + " texts");
  return file;
}

}  // namespace

Result<RunEnd> train(const TrainerSettings& settings, const RecordSource& source, const std::atomic<bool>& stop,
                     const std::function<void(const std::string&)>& say) {
  const auto file = tokenizer_file_of(settings, source, say);
  if (!file) return file.error();
  auto tokenizer = model::Tokenizer::load(*file, settings.config);
  if (!tokenizer) return tokenizer.error();
  Run run(settings, source, stop, say, *file, std::move(tokenizer).value());
  return run.run();
}

}  // namespace radfm::training
