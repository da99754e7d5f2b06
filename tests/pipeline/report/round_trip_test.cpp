// SPDX-License-Identifier: Apache-2.0
// Many drafts of random texts, read back by pydicom: what stands in them is what went in.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "core/sop_class.h"
#include "pipeline/report/draft_report.h"
#include "pipeline/report/report_tree.h"
#include "pipeline/report/sr_check.h"
#include "tests/pipeline/report/sample_draft.h"
#include "tests/support/outside_program.h"

namespace radfm::report {
namespace {

constexpr unsigned seed = 20261129;
constexpr int drafts = 200;

// What is given to the report, and what a reader must find (PS3.3 C.17.3: CR LF, no other control character; PS3.5 6.1: UTF-8).
struct Text {
  std::string in, out;
};

#define REPLACED "\xEF\xBF\xBD"
const Text pieces[] = {
    {"Clear lungs. ", "Clear lungs. "}, {"Größe 24 mm² ", "Größe 24 mm² "}, {"右肺に結節。", "右肺に結節。"}, {"결절 ", "결절 "},
    {"узел справа ", "узел справа "}, {"όζος ", "όζος "}, {"ריאה ", "ריאה "}, {"e\xCC\x81 ", "e\xCC\x81 "},
    {"\xF0\x9F\xAB\x81", "\xF0\x9F\xAB\x81"},
    {"\xE2\x80\xAEmm\xE2\x80\xAC", "\xE2\x80\xAEmm\xE2\x80\xAC"}, {"\xC2\xA0x", "\xC2\xA0x"}, {"\xE2\x80\xA8x", "\xE2\x80\xA8x"},
    {"\\one\\two\\", "\\one\\two\\"}, {"^=(0008,0005)", "^=(0008,0005)"}, {"<b>&amp;</b>", "<b>&amp;</b>"}, {"x   y", "x   y"},
    {"\nx", "\r\nx"}, {"\r\nx", "\r\nx"}, {"\rx", "\r\nx"},
    // Controls of both sets, an escape sequence of ISO 2022.
    {"\tx", " x"}, {std::string("\0x", 2), " x"}, {"\x1B$Bx", " $Bx"}, {"\x7Fx", " x"}, {"\xC2\x85x", " x"},
    // No UTF-8: a stray byte, an overlong form, a surrogate, a cut character, one above U+10FFFF.
    {"\xFFx", REPLACED "x"}, {"\x80x", REPLACED "x"}, {"\xC0\xAFx", REPLACED REPLACED "x"},
    {"\xED\xA0\x80x", REPLACED REPLACED REPLACED "x"}, {"\xE2\x82x", REPLACED "x"}, {"\xF5x", REPLACED "x"}};
#undef REPLACED

// As the reader hands them over: UTF-8, whatever the source's character set was.
const char* const names[] = {"Doe^Jane", "Müßig^Jörg^^Dr.", "Yamada^Tarou=山田^太郎=やまだ^たろう", "Hong^Gildong=洪^吉洞=홍^길동", "Иванов^Иван",
                             "Διονυσιος^Νικος", "قباني^لنزار"};
const char* const descriptions[] = {"Thorax p.a.", "胸部正面", "Röntgen Brustkorb", "Грудная клетка", "흉부"};

std::string line_of(const std::string& what, const std::string& value) {
  constexpr const char* digits = "0123456789abcdef";
  std::string hexadecimal;
  for (const char c : value) {
    hexadecimal += digits[static_cast<unsigned char>(c) >> 4];
    hexadecimal += digits[static_cast<unsigned char>(c) & 15];
  }
  return "read " + what + " " + (hexadecimal.empty() ? "-" : hexadecimal);
}

class RandomJobs {
  std::mt19937 random_{seed};

  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  template <class Values>
  auto pick(const Values& values) {
    return values[static_cast<std::size_t>(below(static_cast<int>(std::size(values))))];
  }

 public:
  // A draft, and the lines that read_texts.py must print of it.
  DraftContent next(std::vector<std::string>& expected) {
    DraftContent content = sample_draft();
    content.sop_class = pick(sr_classes);
    const std::string name = pick(names), description = pick(descriptions);
    set(content.source_header, 0x00100010, "PN", name);
    set(content.source_header, 0x00081030, "LO", description);
    expected.push_back(line_of("class", std::string(sop_class_uid_of(content.sop_class))));
    expected.push_back(line_of("name", name));
    expected.push_back(line_of("description", description));
    if (below(2) == 0) content.priors.clear();

    content.notices = {draft_notice};
    if (below(2) == 0) content.notices.clear();
    expected.push_back(line_of("55112-7 121106", draft_notice));
    for (int left = below(3); left > 0; --left) content.notices.push_back(one_text(expected, "55112-7 121106"));
    const auto nothing_written = static_cast<std::ptrdiff_t>(expected.size());
    content.clinical_information = maybe_text(expected, "55752-0 55115-0");
    content.technique = maybe_text(expected, "55111-9 121065");
    content.comparison = one_text(expected, "55114-3 121065");
    for (PriorUse& prior : content.priors) {
      prior.description = pick(descriptions);
      expected.push_back(line_of("55114-3 121065", "Prior study of 20250310 (" + prior.description +
                                                       "): 1 image shown to the software, 1 report read by it."));
    }
    content.sections.findings = paragraphs(expected, "59776-5 121071");
    content.sections.impression = paragraphs(expected, "19005-8 121073");
    if (content.sections.findings.empty() && content.sections.impression.empty()) {
      expected.insert(expected.begin() + nothing_written, line_of("55112-7 121106", nothing_written_notice));
    }
    expected.push_back(line_of("18783-1 121075", closing_notice));
    return content;
  }

 private:
  Text text() {
    Text text{"A", "A"};
    for (int left = below(20) == 0 ? 3000 : below(40); left > 0; --left) {
      const Text piece = pick(pieces);
      text.in += piece.in;
      text.out += piece.out;
    }
    text.in += '.';
    text.out += '.';
    return text;
  }
  std::string one_text(std::vector<std::string>& expected, const char* where) {
    const Text made = text();
    expected.push_back(line_of(where, made.out));
    return below(4) == 0 ? "\n " + made.in + " \r\n" : made.in;  // blanks and line ends around a text are padding
  }
  std::string maybe_text(std::vector<std::string>& expected, const char* where) {
    return below(4) == 0 ? std::string() : one_text(expected, where);
  }
  // Each paragraph is an item of its own; more than paragraphs_max of them are one.
  std::string paragraphs(std::vector<std::string>& expected, const char* where) {
    const int limit = static_cast<int>(paragraphs_max);
    const int count = below(20) == 0 ? limit + below(2) : below(5);
    std::string in, out;
    for (int i = 0; i < count; ++i) {
      const Text paragraph = text();
      in += (i > 0 ? "\n\n" : "") + paragraph.in;
      out += (i > 0 ? "\r\n\r\n" : "") + paragraph.out;
      if (count <= limit) expected.push_back(line_of(where, paragraph.out));
    }
    if (count > limit) expected.push_back(line_of(where, out));
    return in;
  }
};

TEST(RoundTrip, WhatWentInIsRead) {
  // Aim: of random jobs in all classes, with names of many scripts and hostile texts, pydicom reads each text as it must be.
  const std::string python = test::find_python();
  if (python.empty()) GTEST_SKIP() << "the Python environment in .deps is not set up";
  const test::TemporaryFolder folder;
  RandomJobs jobs;
  std::vector<std::string> expected, command = {python, "tests/pipeline/report/read_texts.py"};
  for (int i = 0; i < drafts; ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", draft " + std::to_string(i));
    const auto report = build_draft(jobs.next(expected));
    ASSERT_TRUE(report.ok()) << report.error().message;
    const auto mistakes = check_sr(report->dicom);
    ASSERT_TRUE(mistakes.ok()) << mistakes.error().message;
    for (const SrMistake& mistake : *mistakes) ADD_FAILURE() << mistake.rule << ": " << mistake.text;
    command.push_back((folder.path() / (std::to_string(i) + ".dcm")).string());
    test::write_file(command.back(), report->dicom);
  }
  const auto run = test::run_outside_program(command);
  ASSERT_EQ(run.exit_code, 0) << run.output.substr(run.output.size() - std::min<std::size_t>(run.output.size(), 2000));
  const std::vector<std::string> read = test::lines_starting(run.output, "read ");
  ASSERT_EQ(read.size(), expected.size()) << "seed " << seed;
  for (std::size_t i = 0; i < read.size(); ++i) ASSERT_EQ(read[i], expected[i]) << "seed " << seed << ", line " << i;
}

}  // namespace
}  // namespace radfm::report
