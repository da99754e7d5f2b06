// SPDX-License-Identifier: Apache-2.0
// radfm-worker: claims jobs from the queue, lets radfm-reader and radfm-engine make the draft report, delivers it.
#include <sys/resource.h>

#include <charconv>
#include <iostream>
#include <optional>
#include <string_view>

#include "core/configuration_advice.h"
#include "core/log.h"
#include "pipeline/process/core_dumps.h"
#include "scu-scp/network.h"
#include "worker/replay_command.h"
#include "worker/service.h"

namespace {

using namespace radfm;

constexpr std::string_view usage =
    "radfm-worker --config FILE [--check-config | --replay JOB [--json]]\n"
    "\n"
    "  --config FILE     the node's configuration (JSON with comments), the same that the plugin reads\n"
    "  --check-config    read it, print each mistake, open nothing; exit 0 or 2\n"
    "  --replay JOB      make that job's report again and compare it (radfmctl replay); exit 0 the same, 1 another, 2 not tried\n"
    "  --version, --help\n"
    "\n"
    "SIGTERM, SIGINT: hand the jobs in work back and end. SIGUSR1: finish them, take no others, and end.\n"
    "SIGHUP: check the file, have the plugin read its rules, say what else was changed and waits for a restart.\n"
    "\n"
    "Exit: 0 stopped or drained, 2 usage or configuration, 3 the queue's database cannot be opened, 4 a job thread hangs,\n"
    "5 the work folder beside the database cannot be used.\n"
    "RADFM_CORE_DUMPS=1 in the environment allows core dumps, which hold patient data.\n";

struct Arguments {
  std::string config;
  bool check_only = false;
  std::optional<db::JobId> replay;
  bool json = false;
};

int wrong_usage(const std::string& what) {
  std::cerr << "radfm-worker: " << what << "\n\n" << usage;
  return worker::exit_configuration;
}

// A core file would hold reports and passwords, in a folder of somebody else's choice.
void leave_no_core_file() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

std::optional<db::JobId> parse_job(std::string_view text) {
  db::JobId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

int run(const Arguments& arguments) {
  leave_no_core_file();
  ConfigurationReading reading = read_configuration(arguments.config, ConfigurationReader::all);
  std::vector<ConfigurationMistake> mistakes = std::move(reading.mistakes);
  if (reading.configuration) {
    for (ConfigurationMistake& mistake : worker::worker_mistakes(*reading.configuration)) {
      mistakes.push_back(std::move(mistake));
    }
  }
  for (const ConfigurationMistake& mistake : mistakes) std::cerr << mistake.text() << "\n";
  if (!mistakes.empty() || !reading.configuration) return worker::exit_configuration;
  if (arguments.check_only) {
    std::cout << arguments.config << ": no mistakes\n";
    return 0;
  }
  LogLevel level = LogLevel::info;
  if (parse_log_level(reading.configuration->log.level, &level)) set_log_level(level);
  for (const ConfigurationMistake& advice : configuration_advice(*reading.configuration)) {
    log_line(LogLevel::warning, "configuration", advice.key + ": " + advice.expected);
  }
  scu::use_dicom_network();
  if (arguments.replay) return worker::replay_command(*reading.configuration, *arguments.replay, arguments.json);
  return worker::serve(*reading.configuration);
}

}  // namespace

int main(int argc, char** argv) {
  process::forbid_core_dumps();
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--help") {
      std::cout << usage;
      return 0;
    }
    if (argument == "--version") {
      std::cout << "radfm-worker " << RADFM_VERSION << "\n";
      return 0;
    }
    if (argument == "--check-config") {
      arguments.check_only = true;
    } else if (argument == "--json") {
      arguments.json = true;
    } else if (argument == "--replay") {
      arguments.replay = ++i == argc ? std::nullopt : parse_job(argv[i]);
      if (!arguments.replay) return wrong_usage("--replay needs the number of a job");
    } else if (argument == "--config") {
      if (++i == argc) return wrong_usage("--config needs a file");
      arguments.config = argv[i];
    } else {
      return wrong_usage("unknown argument " + std::string(argument));
    }
  }
  if (arguments.config.empty()) return wrong_usage("--config FILE is missing");
  return run(arguments);
}
