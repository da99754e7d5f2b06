// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "pipeline/model/checkpoint.h"
#include "pipeline/model/compute_type.h"
#include "pipeline/model/conversion/conversion.h"
#include "pipeline/model/conversion/shape_config.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* usage =
    "usage: radfmctl model convert CHECKPOINT --tokenizer FILE --out DIR [--dtype f32|bf16|int8|int4] [--config FILE]\n"
    "                              [--name TEXT] [--version TEXT] [--licence TEXT] [--intended-use TEXT] [--json]\n"
    "Makes a model directory of the authors' checkpoint. CHECKPOINT is pytorch_model.bin, *.safetensors, an index of\n"
    "either, or the folder that holds one; no code in it is executed, and tensors that inference does not use are not\n"
    "read. --tokenizer is the tokenizer.model published with it. Without --dtype weights keep their type; bf16 halves\n"
    "an f32 model; int8 and int4 quantise the matrices of the language model to about a half and a quarter of bf16.\n"
    "Without --config the sizes are told from the tensors' shapes. DIR appears when all is written, read back and its\n"
    "digest found right.\n";

// The one thing that a signal handler may touch.
std::atomic<bool> stop_asked{false};

void ask_stop(int) { stop_asked = true; }

void stop_on_signals() {
  struct sigaction action {};
  action.sa_handler = ask_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends the process at once
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

// "converting 12.3 of 28.1 GB, 410 MB/s, 0:38 left" on standard error: on a terminal one line that changes.
class ProgressLine {
 public:
  void show(model::ConversionStage stage, std::uint64_t done, std::uint64_t of) {
    const auto now = Clock::now();
    if (stage != stage_ || !started_) {
      started_ = true;
      stage_ = stage;
      begin_ = shown_ = now;
    }
    const bool ends = done == of;
    if (!ends && now - shown_ < (terminal_ ? std::chrono::milliseconds(500) : std::chrono::milliseconds(5000))) return;
    shown_ = now;
    const double seconds = std::max(std::chrono::duration<double>(now - begin_).count(), 1e-3);
    const double rate = static_cast<double>(done) / seconds;
    char line[128];
    const auto left = static_cast<long long>(static_cast<double>(of - done) / std::max(rate, 1.0));
    std::snprintf(line, sizeof line, "%s %.1f of %.1f GB, %.0f MB/s, %lld:%02lld left",
                  stage == model::ConversionStage::converting ? "converting" : "verifying", static_cast<double>(done) / 1e9,
                  static_cast<double>(of) / 1e9, rate / 1e6, left / 60, left % 60);
    std::cerr << (terminal_ ? "\r\033[K" : "") << line << (terminal_ && !ends ? "" : "\n") << std::flush;
  }

 private:
  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool started_ = false;
  model::ConversionStage stage_ = model::ConversionStage::converting;
  Clock::time_point begin_, shown_;
};

model::ModelCard card_of(const Arguments& arguments, const std::string& checkpoint) {
  model::ModelCard card;
  card.name = arguments.value("--name").value_or("RadFM");
  card.version = arguments.value("--version").value_or("as published");
  card.licence = arguments.value("--licence").value_or("not stated: ask the publisher of the weights");
  card.intended_use = arguments.value("--intended-use")
                          .value_or("Drafts of radiology reports that a radiologist reads, corrects and signs. Never a finding by "
                                    "itself.");
  card.weights = "converted from " + std::filesystem::path(checkpoint).filename().string() + " by radfm-node " RADFM_VERSION;
  return card;
}

std::optional<int> wrong_usage(const Arguments& arguments) {
  const bool help = arguments.has("--help");
  if (!help && arguments.positional().size() == 1 && arguments.has("--tokenizer") && arguments.has("--out")) return {};
  (help ? std::cout : std::cerr) << usage;
  return help ? exit_done : exit_usage;
}

// The sizes, and which of them no shape told.
Result<model::ShapeConfig> sizes_of(const Arguments& arguments, const model::Checkpoint& checkpoint) {
  if (!arguments.has("--config")) return model::config_of_shapes(checkpoint);
  auto config = model::read_model_config(*arguments.value("--config"));
  if (!config) return config.error();
  return model::ShapeConfig{std::move(config).value(), {}};
}

void print(const Arguments& arguments, const model::ConversionOutcome& outcome, const model::ShapeConfig& sizes, double seconds) {
  const std::string out = *arguments.value("--out");
  if (arguments.has("--json")) {
    const nlohmann::json json = {{"out", out},
                                 {"digest", outcome.digest},
                                 {"dtype", model::to_string(outcome.type)},
                                 {"parameters", outcome.parameters},
                                 {"tensors", outcome.tensors},
                                 {"skipped_tensors", outcome.skipped_tensors},
                                 {"shards", outcome.shards},
                                 {"read_bytes", outcome.read_bytes},
                                 {"written_bytes", outcome.written_bytes},
                                 {"seconds", seconds},
                                 {"assumed", sizes.assumed}};
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
    return;
  }
  std::cout << out << ": " << outcome.parameters << " parameters in " << outcome.tensors << " tensors, "
            << model::to_string(outcome.type) << ", " << outcome.shards << " file(s), " << outcome.written_bytes << " bytes; "
            << outcome.skipped_tensors << " tensors that inference does not use were skipped\ndigest " << outcome.digest << "\n";
}

}  // namespace

int model_convert_command(const Words& words) {
  const Result<Arguments> arguments =
      Arguments::parse(words, {{"--tokenizer"}, {"--out"}, {"--dtype"}, {"--config"}, {"--name"}, {"--version"}, {"--licence"},
                               {"--intended-use"}});
  if (!arguments) return complain(arguments.error());
  if (const auto code = wrong_usage(*arguments)) return *code;
  const std::string path = arguments->positional().front();
  std::optional<model::WeightType> type;
  if (const auto dtype = arguments->value("--dtype")) {
    const auto known = model::parse_compute_type(*dtype);
    if (!known || !*known || **known == model::WeightType::f16) return complain("--dtype must be f32, bf16, int8 or int4, not " + *dtype);
    type = *known;
  }

  const auto checkpoint = model::Checkpoint::open(path);
  if (!checkpoint) return complain(checkpoint.error(), exit_wrong);
  const auto sizes = sizes_of(*arguments, *checkpoint);
  if (!sizes) return complain(sizes.error(), arguments->has("--config") ? exit_usage : exit_wrong);
  for (const auto& assumed : sizes->assumed) std::cerr << "assumed as published: " << assumed << "\n";

  ProgressLine line;
  model::ConversionOrder order;
  order.config = sizes->config;
  order.tokenizer = *arguments->value("--tokenizer");
  order.out = *arguments->value("--out");
  order.card = card_of(*arguments, path);
  order.type = type;
  order.progress = [&](model::ConversionStage stage, std::uint64_t done, std::uint64_t of) {
    line.show(stage, done, of);
    return !stop_asked.load();
  };
  stop_on_signals();
  const auto begin = Clock::now();
  const auto outcome = model::convert_checkpoint(*checkpoint, order);
  if (!outcome) return complain(outcome.error(), outcome.error().code == "conversion_out_exists" ? exit_usage : exit_wrong);
  print(*arguments, *outcome, *sizes, std::chrono::duration<double>(Clock::now() - begin).count());
  return exit_done;
}

}  // namespace radfm::ctl
