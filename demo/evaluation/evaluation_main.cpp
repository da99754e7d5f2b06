// SPDX-License-Identifier: Apache-2.0
// radfm-phantom-eval: `radfmctl eval` becomes this program, which has the phantoms.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/configuration.h"
#include "demo/evaluation/report_way.h"
#include "demo/evaluation/tally_shown.h"

namespace {

using namespace radfm;
using demo::Exercise;
using demo::ReportWay;

constexpr const char* usage_text =
    "usage: radfmctl eval [--model DIR] [--phantoms N] [--seed S] [--through input|files|node] [--same-as-input] [--png FILE]\n"
    "                     [--show-wrong N] [--device auto|cpu|cuda|cuda:N] [--dtype auto|f32|bf16|f16|int8|int4] [--json]\n"
    "                     [--orthanc URL] [--dicom HOST:PORT] [--aec AE]\n"
    "Drawn patients against their truth: reports as the node asks for them, radiographs and CT in turn, with and without a\n"
    "prior study; and, one for each twenty, images that are no diagnostic ones. Accuracy by attribute and by class of change.\n"
    "--through files: written as DICOM and read as the node reads them; --same-as-input: asks about the pictures themselves too,\n"
    "and counts the equal texts. --through node: sent to a running node (scripts/node), whose reports are read back from its\n"
    "Orthanc; it must run the same model. --png: confusion tables as a picture. --show-wrong N: the first N reports that are wrong, or differ.\n";
constexpr int exit_done = 0, exit_wrong = 1, exit_usage = 2;
constexpr std::uint64_t phantoms_max = 1'000'000, blank_every = 20;

struct Options {
  std::string model, through = "input", png, device = "auto", dtype = "auto";
  demo::NodeAddress node;
  std::uint64_t phantoms = 2'000, seed = 1, show_wrong = 0;
  bool json = false, same_as_input = false, help = false;
};

std::optional<std::uint64_t> number(const std::string& text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

// HOST:PORT; the port.
std::optional<std::uint64_t> address(const std::string& text, demo::NodeAddress& node) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos || colon == 0 ? std::nullopt : number(text.substr(colon + 1), 65'535);
  if (!port) return std::nullopt;
  node.host = text.substr(0, colon);
  node.dicom_port = static_cast<int>(*port);
  return port;
}

std::optional<Options> parse(int count, char** words) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--json" || word == "--same-as-input" || word == "--help") {
      (word == "--json" ? options.json : word == "--help" ? options.help : options.same_as_input) = true;
      continue;
    }
    if (++i == count) return std::nullopt;
    const std::string value = words[i];
    std::optional<std::uint64_t> given = 0;
    if (word == "--model") options.model = value;
    else if (word == "--png") options.png = value;
    else if (word == "--orthanc") options.node.orthanc_url = value;
    else if (word == "--aec") options.node.ae_title = value;
    else if (word == "--dicom" && (given = address(value, options.node))) continue;
    else if (word == "--device") options.device = value;
    else if (word == "--dtype") options.dtype = value;
    else if (word == "--through" && (value == "input" || value == "files" || value == "node")) options.through = value;
    else if (word == "--phantoms" && (given = number(value, phantoms_max)) && *given > 0) options.phantoms = *given;
    else if (word == "--seed" && (given = number(value, UINT64_MAX))) options.seed = *given;
    else if (word == "--show-wrong" && (given = number(value, phantoms_max))) options.show_wrong = *given;
    else return std::nullopt;
  }
  return options;
}

class Evaluation {
 public:
  Evaluation(const Options& options, std::unique_ptr<ReportWay> input, std::unique_ptr<ReportWay> other)
      : options_(options), input_(std::move(input)), other_(std::move(other)), way_(other_ ? *other_ : *input_) {}

  Status run() {
    // What is refused makes no report to wait for.
    const std::uint64_t blanks = options_.through == "node" ? 0 : options_.phantoms / blank_every;
    const std::uint64_t all = options_.phantoms + blanks;
    for (std::uint64_t i = 0, sent = 0; i < all; ++i) {
      for (; sent < std::min(all, i + demo::sent_ahead_max); ++sent) {
        if (Status ahead = way_.send_ahead(patient_of(sent), exercise_of(sent)); !ahead) return ahead;
      }
      if (Status asked = ask(patient_of(i), exercise_of(i)); !asked) return asked;
      show_progress(i + 1, all);
    }
    return {};
  }
  const demo::Tally& tally() const { return tally_; }

 private:
  std::uint64_t patient_of(std::uint64_t i) const { return demo::evaluation_patient(options_.seed, i); }
  Exercise exercise_of(std::uint64_t i) const {
    return i >= options_.phantoms ? blank_exercise(patient_of(i), i) : demo::evaluation_exercise(options_.seed, i);
  }

  // The question of a report about an image that is no diagnostic one.
  static Exercise blank_exercise(std::uint64_t patient, std::uint64_t i) {
    const auto modality = i % 2 == 1 ? phantom::Modality::ct : phantom::Modality::radiograph;
    Exercise exercise = demo::report_exercise(patient, {modality, modality}, demo::PriorSeen::none, demo::PriorReport::none);
    exercise.images.back() = phantom::draw_blank(patient, modality);
    exercise.told.current = exercise.images.back().truth;
    return exercise;
  }

  Status ask(std::uint64_t patient, const Exercise& exercise) {
    const Result<demo::WrittenReport> report = way_.report(patient, exercise);
    if (!report) return report.error();
    tally_.add(exercise, *report);
    if (options_.same_as_input && !report->refused) {
      const Result<demo::WrittenReport> same = input_->report(patient, exercise);
      if (!same) return same.error();
      compare(demo::text_in_report(same->text), demo::text_in_report(report->text));
    }
    show_wrong(exercise, *report);
    return {};
  }

  void compare(const std::string& input, const std::string& other) {
    tally_.same_text.add(input == other);
    if (input == other || shown_ >= options_.show_wrong) return;
    ++shown_;
    std::cerr << "\ndiffers\n  through input " << input << "\n  through " << options_.through << " " << other << "\n";
  }

  void show_wrong(const Exercise& exercise, const demo::WrittenReport& report) {
    if (shown_ >= options_.show_wrong || report.refused) return;
    std::string wrong;
    for (const demo::Verdict& verdict : demo::judge(demo::parse_report(report.text), exercise.told)) {
      if (!verdict.right) wrong += (wrong.empty() ? "" : ", ") + std::string(verdict.attribute);
    }
    if (wrong.empty()) return;
    ++shown_;
    std::cerr << "\nwrong: " << wrong << "\n  wrote " << report.text << "\n  right " << exercise.answer << "\n";
  }

  void show_progress(std::uint64_t done, std::uint64_t of) {
    if (options_.json || ::isatty(STDERR_FILENO) == 0) return;
    const double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    std::cerr << "\r\033[K" << done << " of " << of << ", about " << static_cast<int>(s / static_cast<double>(done) * static_cast<double>(of - done)) << " s left"
              << (done == of ? "\n" : "") << std::flush;
  }

  const Options& options_;
  std::unique_ptr<ReportWay> input_, other_;
  ReportWay& way_;
  demo::Tally tally_;
  std::uint64_t shown_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

int complain(const Error& error) {
  std::cerr << "radfmctl eval: " << error.code << ": " << error.message << "\n";
  return exit_wrong;
}

int evaluate(const Options& options) {
  model::EngineStart start;
  start.program = sibling_program("radfm-engine");
  start.model_directory = options.model.empty() ? default_model_directory() : std::filesystem::path(options.model);
  start.device = options.device;
  start.dtype = options.dtype;
  Result<model::EngineClient> engine = model::EngineClient::start(start);
  if (!engine) return complain(engine.error());
  std::unique_ptr<ReportWay> other;
  if (options.through == "files") other = demo::through_files(*engine);
  if (options.through == "node") {
    Result<std::unique_ptr<ReportWay>> node = demo::through_node(options.node);
    if (!node) return complain(node.error());
    other = std::move(*node);
  }
  Evaluation evaluation(options, demo::through_input(*engine), std::move(other));
  if (Status ran = evaluation.run(); !ran) return complain(ran.error());
  if (!options.png.empty()) {
    const auto png = demo::picture_of(evaluation.tally());
    if (!png) return complain(png.error());
    std::ofstream file(options.png, std::ios::binary);
    file.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
    if (!file.flush()) return complain(transient_error("not_written", "cannot write " + options.png));
  }
  const model::ModelFacts& facts = engine->facts();
  if (options.json) {
    nlohmann::json json = demo::json_of(evaluation.tally());
    json["model"] = model::to_json(facts);
    json["phantoms"] = options.phantoms;
    json["seed"] = options.seed;
    json["through"] = options.through;
    std::cout << json.dump(2) << "\n";
  } else {
    std::cout << facts.name << " " << facts.version << " on " << facts.device << " in " << facts.dtype << ", " << options.phantoms
              << " phantoms of seed " << options.seed << " through " << options.through << "\n"
              << demo::table_of(evaluation.tally());
  }
  return exit_done;
}

}  // namespace

int main(int count, char** words) {
  const std::optional<Options> options = parse(count, words);
  if (!options) {
    std::cerr << usage_text;
    return exit_usage;
  }
  if (options->help) {
    std::cout << usage_text;
    return exit_done;
  }
  return evaluate(*options);
}
