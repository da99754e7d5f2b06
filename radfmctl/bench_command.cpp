// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "core/configuration.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl bench [--model DIR | --published-layer] [--device auto|cpu|cuda|cuda:N]\n"
    "                      [--dtype auto|f32|bf16|f16|int8|int4] [--threads N] [--json]\n"
    "Measures a model directory (default: the shipped one) on this machine: images, prompt tokens and new tokens a\n"
    "second, memory, beside the measured read bandwidth of the memory, which bounds new tokens a second.\n"
    "--published-layer: the published vision tower and one of its 40 language layers, weights by formula (4 GB).\n";

}  // namespace

// The program that measures is linked with libtorch; this one is not, and becomes it.
int bench_command(const Words& words) {
  const Result<Arguments> arguments =
      Arguments::parse(words, {{"--model"}, {"--published-layer", OptionKind::flag}, {"--device"}, {"--dtype"}, {"--threads"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (!arguments->positional().empty() || (arguments->has("--model") && arguments->has("--published-layer"))) {
    std::cerr << usage_text;
    return exit_usage;
  }
  Words call;
  if (arguments->has("--published-layer")) {
    call.emplace_back("--published-layer");
  } else {
    call.insert(call.end(), {"--model", arguments->value("--model").value_or(default_model_directory().string())});
  }
  for (const char* option : {"--device", "--dtype", "--threads"}) {
    if (const auto value = arguments->value(option)) call.insert(call.end(), {option, *value});
  }
  if (arguments->has("--json")) call.emplace_back("--json");
  return become("radfm-model-bench", call);
}

}  // namespace radfm::ctl
