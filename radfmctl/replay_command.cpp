// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl replay JOB --config FILE [--json]\n"
    "  Makes a job's report again from the study and its priors as they are now, and compares it with the one that was made.\n"
    "  Beside a running worker this takes a second engine's memory. Nothing is written or sent.\n"
    "  exit code: 0 the same bytes; 1 another report, and what has changed; 2 it could not be tried\n";

}  // namespace

// The worker makes reports: it does it again.
int replay_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {{"--config"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (arguments->positional().size() != 1 || !arguments->has("--config")) {
    std::cerr << usage_text;
    return exit_usage;
  }
  Words call{"--config", *arguments->value("--config"), "--replay", arguments->positional().front()};
  if (arguments->has("--json")) call.emplace_back("--json");
  return become("radfm-worker", call);
}

}  // namespace radfm::ctl
