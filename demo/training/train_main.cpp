// SPDX-License-Identifier: Apache-2.0
// radfm-train: trains a model from nothing on records (docs/training.md).
#include <charconv>
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "demo/training/phantom_records.h"
#include "demo/training/record_folder.h"
#include "demo/training/trainer.h"
#include "pipeline/model/loaded_model.h"
#include "pipeline/model/seed_weights.h"

namespace {

using namespace radfm;
using namespace radfm::training;

constexpr const char* usage =
    "usage: radfm-train --out DIR (--config FILE [--tokenizer FILE] | --from DIR) [--records DIR]\n"
    "                   [--seed TEXT] [--minutes M | --steps CAPTION,INSTRUCT] [--resume] [--threads N] [--cpu]\n"
    "                   [--colour] [--card FILE] [--state-every MINUTES]\n"
    "       radfm-train --write-records N --out DIR --config FILE [--seed TEXT]\n"
    "\n"
    "Trains a model of --config's sizes from nothing, and leaves it in DIR/model; loss.csv, held_out.csv and\n"
    "curves.png in DIR say how it went. A run that was stopped (Ctrl-C, SIGTERM, a crash) goes on exactly with\n"
    "--resume and the same options.\n"
    "  --records DIR      a folder of records (docs/training.md); without it phantoms are drawn from the seed\n"
    "  --tokenizer FILE   a SentencePiece model; without it the vocabulary is learned from the records first\n"
    "  --from DIR         goes on from a model directory that was trained here, its sizes and tokenizer, instead of from\n"
    "                     nothing; only the second stage then, unless --steps says otherwise\n"
    "  --minutes M        plans both stages for so much time on this machine (default 150)\n"
    "  --steps A,B        so many steps of each stage instead; the same steps give the same weights\n"
    "  --threads N        default: one for each core\n"
    "  --cpu              also where there is a GPU\n"
    "  --colour           three channels; without it pictures must be grey, and need a third of the inputs\n"
    "  --card FILE        card.json of the model (its digest is filled in)\n"
    "  --state-every M    minutes between the states that a run can go on from (default 5)\n"
    "  --write-records N  writes N phantoms of each stage as folders of records, DIR/caption and DIR/instruct\n";

constexpr int threads_max = 1024;
constexpr double minutes_max = 60 * 24 * 365;
constexpr std::int64_t steps_max = 1'000'000'000;
constexpr std::uint64_t written_max = 1'000'000;

std::atomic<bool> stop{false};
void on_signal(int) {
  stop = true;
}

struct Wanted {
  TrainerSettings training;
  std::string records, config, from, card;
  std::uint64_t written = 0;  // records to write instead of a training
};

template <class Number>
bool parse_number(std::string_view text, Number low, Number high, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
}

bool parse_steps(std::string_view text, std::optional<std::array<std::int64_t, 2>>& steps) {
  const auto comma = text.find(',');
  if (comma == std::string_view::npos) return false;
  std::array<std::int64_t, 2> both{};
  if (!parse_number<std::int64_t>(text.substr(0, comma), 0, steps_max, both[0]) ||
      !parse_number<std::int64_t>(text.substr(comma + 1), 0, steps_max, both[1]) || both[0] + both[1] == 0)
    return false;
  steps = both;
  return true;
}

std::optional<Wanted> parse(int count, char** arguments) {
  Wanted wanted;
  auto& training = wanted.training;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--resume" || name == "--cpu" || name == "--colour") {
      (name == "--resume" ? training.resume : training.processor) |= name != "--colour";
      if (name == "--colour") training.channels = 3;
      continue;
    }
    if (++i == count) return {};
    const std::string_view value = arguments[i];
    bool good = true;
    if (name == "--out")
      training.out = value;
    else if (name == "--tokenizer")
      training.tokenizer = value;
    else if (name == "--config")
      wanted.config = value;
    else if (name == "--from")
      wanted.from = value;
    else if (name == "--records")
      wanted.records = value;
    else if (name == "--seed")
      training.seed = value;
    else if (name == "--card")
      wanted.card = value;
    else if (name == "--minutes")
      good = parse_number(value, 0.01, minutes_max, training.minutes);
    else if (name == "--steps")
      good = parse_steps(value, training.steps);
    else if (name == "--threads")
      good = parse_number(value, 1, threads_max, training.workers);
    else if (name == "--write-records")
      good = parse_number<std::uint64_t>(value, 1, written_max, wanted.written);
    else if (name == "--state-every")
      good = parse_number(value, 0.01, minutes_max, training.state_every_minutes);
    else
      good = false;
    if (!good) {
      std::cerr << "radfm-train: " << name << " " << value << " cannot be understood\n";
      return {};
    }
  }
  const bool writes = wanted.written > 0;
  if (wanted.from.empty() == wanted.config.empty() || !(wanted.from.empty() || training.tokenizer.empty())) return {};
  if (training.out.empty() || (writes && !(wanted.records + training.tokenizer.string()).empty()))
    return {};
  return wanted;
}

int failed(const Error& error) {
  std::cerr << "radfm-train: " << error.message << " (" << error.code << ")\n";
  return error.error_class == ErrorClass::permanent ? 2 : 1;
}

model::ModelCard usual_card(bool phantoms) {
  model::ModelCard card;
  card.name = phantoms ? "RadFM phantom demonstration model" : "A RadFM trained here";
  card.version = "0.1.0";
  card.licence = phantoms ? "Apache-2.0" : "To be said by who trained it.";
  card.intended_use =
      phantoms ? "Demonstration and tests of this software only. Never for clinical use, never for patients' "
                 "images: it was trained on drawn phantoms and knows nothing else."
               : "Not for clinical use: its accuracy was not established.";
  if (phantoms) card.notice = "Demonstration model, trained on drawn phantoms only: its text carries no medical meaning.";
  card.trained_on = phantoms ? "Chest phantoms (radiographs, CT, pairs of them) and their reports, drawn by demo/ as they were needed."
                             : "Records of a folder.";
  card.weights = "Trained by radfm-train from nothing.";
  return card;
}

// Sizes and tokenizer: of the model to begin from, or of the configuration.
Status read_beginning(Wanted& wanted) {
  auto& training = wanted.training;
  if (wanted.from.empty()) {
    auto config = model::read_model_config(wanted.config);
    if (!config) return config.error();
    training.config = *config;
  } else {
    auto files = model::open_model_files(wanted.from);
    if (!files) return files.error();
    if (files->card.digest.empty()) files->card.digest = model::weights_digest(*files);
    training.config = files->config;
    training.tokenizer = std::filesystem::path(wanted.from) / "tokenizer.model";
    training.from = std::move(files).value();
  }
  training.config.weights_seed.clear();
  return {};
}

int write_records(const RecordSource& phantoms, const Wanted& wanted) {
  std::error_code error;
  std::filesystem::create_directories(wanted.training.out, error);
  for (const auto& [name, stage] :
       {std::pair{"caption", RecordSource::Stage::caption}, std::pair{"instruct", RecordSource::Stage::instruct}}) {
    const auto folder = wanted.training.out / name;
    if (auto done = write_record_folder(phantoms, stage, wanted.written, folder); !done) return failed(done.error());
    std::cout << "wrote " << wanted.written << " records to " << folder.string() << std::endl;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  keep_code_of_all_shapes();
  if (count == 2 && std::string_view(arguments[1]) == "--help") {
    std::cout << usage;
    return 0;
  }
  auto wanted = parse(count, arguments);
  if (!wanted) {
    std::cerr << usage;
    return 2;
  }
  auto& training = wanted->training;
  if (auto begun = read_beginning(*wanted); !begun) return failed(begun.error());
  const bool phantoms = wanted->records.empty();
  training.card = usual_card(phantoms);
  if (training.from) training.card.weights = "Trained by radfm-train, going on from " + training.from->card.name + ", weights " + training.from->card.digest + ".";
  if (!wanted->card.empty()) {
    auto card = model::read_model_card(wanted->card);
    if (!card) return failed(card.error());
    training.card = *card;
    training.card.digest.clear();
  }
  std::unique_ptr<RecordSource> source;
  if (phantoms) {
    source = std::make_unique<PhantomRecords>(model::name_hash(training.seed), training.config);
  } else {
    auto opened = open_record_folder(wanted->records);
    if (!opened) return failed(opened.error());
    source = std::move(opened).value();
  }
  training.records = phantoms ? "phantoms" : "folder";
  if (wanted->written > 0) return write_records(*source, *wanted);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto ended = train(training, *source, stop, [](const std::string& line) { std::cout << line << std::endl; });
  if (!ended) return failed(ended.error());
  if (*ended == RunEnd::stopped) {
    std::cout << "stopped; --resume goes on from here" << std::endl;
    return 0;
  }
  model::LoadOptions options;  // the model is loaded as the node does, and what it must always answer is recorded
  options.directory = training.out / "model";
  options.record_known_answer = true;
  if (const auto model = model::LoadedModel::load(options, {}); !model) return failed(model.error());
  return 0;
}
