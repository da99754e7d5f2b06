// SPDX-License-Identifier: Apache-2.0
// radfm-worker: claims jobs from the queue, lets radfm-reader and radfm-engine make the draft report, delivers it.
#include <iostream>
#include <string_view>

#include "core/log.h"
#include "scu-scp/network.h"
#include "worker/service.h"

namespace {

using namespace radfm;

constexpr std::string_view usage =
    "radfm-worker --config FILE [--check-config]\n"
    "\n"
    "  --config FILE     the node's configuration (JSON with comments), the same that the plugin reads\n"
    "  --check-config    read it, print each mistake, open nothing; exit 0 or 2\n"
    "  --version, --help\n"
    "\n"
    "Exit: 0 stopped by SIGTERM or SIGINT, 2 usage or configuration, 3 the queue's database cannot be opened.\n";

struct Arguments {
  std::string config;
  bool check_only = false;
};

int wrong_usage(const std::string& what) {
  std::cerr << "radfm-worker: " << what << "\n\n" << usage;
  return worker::exit_configuration;
}

int run(const Arguments& arguments) {
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
  scu::use_dicom_network();
  return worker::serve(*reading.configuration);
}

}  // namespace

int main(int argc, char** argv) {
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
