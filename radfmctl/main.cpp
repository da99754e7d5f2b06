// SPDX-License-Identifier: Apache-2.0
// radfmctl: the administrator's command line. `radfmctl COMMAND --help` tells each command's words.
#include <functional>
#include <iostream>

#include "pipeline/process/core_dumps.h"
#include "radfmctl/command.h"

namespace {

using radfm::ctl::Words;

struct Entry {
  const char* name;
  int (*run)(const Words&);
  const char* summary;
};

constexpr Entry entries[] = {
    {"report", radfm::ctl::report_command, "DICOM files in, draft report out; needs no Orthanc"},
    {"inspect", radfm::ctl::inspect_command, "what the model would see of DICOM files, and why"},
    {"model", radfm::ctl::model_command, "facts of a model directory; this build against golden cases"},
    {"queue", radfm::ctl::queue_command, "list, show and steer jobs"},
    {"replay", radfm::ctl::replay_command, "a job's report made again: the same bytes, or what has changed"},
    {"withdraw", radfm::ctl::withdraw_command, "a draft that was sent is taken back: archives get a note"},
    {"audit", radfm::ctl::audit_command, "who did what: list it, prove that it is whole, export it"},
    {"config", radfm::ctl::config_command, "check a configuration file"},
    {"rules", radfm::ctl::rules_command, "which rule would take a study, and why; the running node's rules"},
    {"bench", radfm::ctl::bench_command, "a model's speed beside the limit of this machine's memory"},
    {"eval", radfm::ctl::eval_command, "drawn patients against their truth: how right a model's reports are"},
    {"sr", radfm::ctl::sr_command, "read a Structured Report"},
    {"conformance", radfm::ctl::conformance_command, "the DICOM conformance statement of this build"},
};

int usage(std::ostream& out, int code) {
  out << "radfmctl " << RADFM_VERSION << "\nusage: radfmctl COMMAND ... [--json] [--help]\n\n";
  for (const Entry& entry : entries) out << "  " << std::string(entry.name) << "\t" << entry.summary << "\n";
  out << "\nexit code: 0 done, 1 the thing asked about is wrong, 2 wrong usage or input\n";
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  radfm::process::forbid_core_dumps();
  Words words(argv + 1, argv + argc);
  if (words.empty()) return usage(std::cerr, radfm::ctl::exit_usage);
  const std::string name = words.front();
  words.erase(words.begin());
  if (name == "--help" || name == "help") return usage(std::cout, radfm::ctl::exit_done);
  for (const Entry& entry : entries) {
    if (name == entry.name) return entry.run(words);
  }
  std::cerr << "radfmctl: unknown command " << name << "\n";
  return usage(std::cerr, radfm::ctl::exit_usage);
}
