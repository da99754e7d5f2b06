// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>
#include <sstream>

#include "pipeline/report/draft_report.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

inline constexpr std::size_t sr_file_bytes_max = 64u << 20;

int sr_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help") || arguments->positional().size() != 2 || arguments->positional()[0] != "read") {
    (arguments->has("--help") ? std::cout : std::cerr)
        << "usage: radfmctl sr read FILE\nPrints title, flags, sections and evidence of a DICOM Structured Report.\n";
    return arguments->has("--help") ? exit_done : exit_usage;
  }
  const std::string& file = arguments->positional()[1];
  std::ifstream in(file, std::ios::binary);
  if (!in) return complain(file + ": cannot be opened for reading");
  std::ostringstream content;
  content << in.rdbuf();
  const std::string text_bytes = std::move(content).str();
  const std::vector<std::uint8_t> bytes(text_bytes.begin(), text_bytes.end());
  if (bytes.size() > sr_file_bytes_max) return complain(file + ": larger than 64 MiB; this is no report");
  const Result<std::string> text = report::sr_text(bytes);
  if (!text) return complain(file + ": " + text.error().message, exit_wrong);
  std::cout << *text;
  return exit_done;
}

}  // namespace radfm::ctl
