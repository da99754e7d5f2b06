// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <vector>

#include "core/configuration.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl bench [--model DIR | --sizes NAME] [--device auto|cpu|cuda|cuda:N]\n"
    "                      [--dtype auto|f32|bf16|f16|int8|int4] [--threads N] [--rounds N]\n"
    "                      [--pictures N,N..] [--prompts N,N..] [--batches N,N..] [--cached N]\n"
    "                      [--only speed|decode|exactness] [--json]\n"
    "Measures a model directory (default: the shipped one) on this machine, beside what the machine's memory and products\n"
    "allow, in turn: images, prompts, new tokens of several reports at once, a whole report, memory; and how far its\n"
    "numbers are from float32's.\n"
    "--sizes: random weights of given sizes: published (14 billion parameters), published-layer (its vision tower and one of its\n"
    "40 language layers), 2b7 (its vision tower and a language model of 2.7 GB in 16 bits).\n";

constexpr const char* passed_on[] = {"--sizes",    "--device",  "--dtype",   "--threads", "--rounds",
                                     "--pictures", "--prompts", "--batches", "--cached",  "--only"};

}  // namespace

// The program that measures is linked with libtorch; this one is not, and becomes it.
int bench_command(const Words& words) {
  std::vector<OptionSpec> known{{"--model"}};
  for (const char* option : passed_on) known.push_back({option});
  const Result<Arguments> arguments = Arguments::parse(words, known);
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (!arguments->positional().empty() || (arguments->has("--model") && arguments->has("--sizes"))) {
    std::cerr << usage_text;
    return exit_usage;
  }
  Words call;
  if (!arguments->has("--sizes"))
    call.insert(call.end(), {"--model", arguments->value("--model").value_or(default_model_directory().string())});
  for (const char* option : passed_on)
    if (const auto value = arguments->value(option)) call.insert(call.end(), {option, *value});
  if (arguments->has("--json")) call.emplace_back("--json");
  return become("radfm-model-bench", call);
}

}  // namespace radfm::ctl
