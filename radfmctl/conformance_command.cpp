// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/conformance_statement.h"

namespace radfm::ctl {

int conformance_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help") || !arguments->positional().empty()) {
    (arguments->has("--help") ? std::cout : std::cerr)
        << "usage: radfmctl conformance [--json]\n"
           "Prints the DICOM conformance statement of this build, as Markdown or for programs.\n"
           "docs/dicom-conformance.md is made so: radfmctl conformance > docs/dicom-conformance.md\n";
    return arguments->has("--help") ? exit_done : exit_usage;
  }
  std::cout << (arguments->has("--json") ? conformance_json() : conformance_markdown());
  return exit_done;
}

}  // namespace radfm::ctl
