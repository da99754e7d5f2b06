// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/draft_bytes.h"

#include <cstdio>

#include "core/result.h"
#include "tests/pipeline/report/sample_draft.h"

namespace radfm::simulation {
namespace {

constexpr const char* number_format = "N%09d";

std::string numbered(int number) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), number_format, number);
  return text.data();
}

std::string placeholder(std::size_t length, char digit) { return "2.25." + std::string(length - 5, digit); }

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

std::string built(std::size_t object_length, std::size_t series_length) {
  report::DraftContent content = report::sample_draft();
  content.sop_instance_uid = placeholder(object_length, '1');
  content.series_instance_uid = placeholder(series_length, '2');
  content.sections.findings = "Drawn " + numbered(0) + ".";
  const auto draft = report::build_draft(content);
  if (!draft) broken_invariant("the sample draft cannot be built: " + draft.error().message);
  return {draft->dicom.begin(), draft->dicom.end()};
}

}  // namespace

std::vector<std::uint8_t> DraftBytes::make(const ResultUids& uids, int number) {
  const std::size_t object_length = uids.sr_sop_instance_uid.size(), series_length = uids.series_instance_uid.size();
  std::string& pattern = templates_[{object_length, series_length}];
  if (pattern.empty()) pattern = built(object_length, series_length);
  std::string draft = pattern;
  replace_all(draft, placeholder(object_length, '1'), uids.sr_sop_instance_uid);
  replace_all(draft, placeholder(series_length, '2'), uids.series_instance_uid);
  replace_all(draft, numbered(0), numbered(number));
  return {draft.begin(), draft.end()};
}

}  // namespace radfm::simulation
