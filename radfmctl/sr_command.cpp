// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <iostream>
#include <sstream>

#include "pipeline/report/draft_report.h"
#include "pipeline/report/sr_check.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

namespace {

constexpr std::size_t sr_file_bytes_max = 64u << 20;

constexpr const char* usage =
    "usage: radfmctl sr read FILE     prints title, flags, sections and evidence of a DICOM Structured Report\n"
    "       radfmctl sr check FILE    asks this project's own rules of a draft report, or of the note that withdraws one; exit 1\n"
    "                              names each that it breaks\n";

int check(const std::string& file, const std::vector<std::uint8_t>& bytes) {
  const auto mistakes = report::check_sr(bytes);
  if (!mistakes) return complain(file + ": " + mistakes.error().message, exit_wrong);
  for (const report::SrMistake& mistake : *mistakes) std::cout << file << ": " << mistake.rule << ": " << mistake.text << "\n";
  if (mistakes->empty()) std::cout << file << ": keeps every rule of a draft report, or of the note that withdraws one\n";
  return mistakes->empty() ? exit_done : exit_wrong;
}

}  // namespace

int sr_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {});
  if (!arguments) return complain(arguments.error());
  const auto& given = arguments->positional();
  const bool known = given.size() == 2 && (given[0] == "read" || given[0] == "check");
  if (arguments->has("--help") || !known) {
    (arguments->has("--help") ? std::cout : std::cerr) << usage;
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
  if (given[0] == "check") return check(file, bytes);
  const Result<std::string> text = report::sr_text(bytes);
  if (!text) return complain(file + ": " + text.error().message, exit_wrong);
  std::cout << *text;
  return exit_done;
}

}  // namespace radfm::ctl
