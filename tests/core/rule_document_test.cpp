// SPDX-License-Identifier: Apache-2.0
// docs/rules.md is read here: its studies, its examples, and what it says that they do.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/rule.h"

namespace radfm {
namespace {

constexpr std::int64_t today_ms = 20'781 * std::int64_t{86'400'000} + 1;  // 2026-11-24

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream stream(path);
  EXPECT_TRUE(stream.is_open()) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// "| a | b |" -> {"a", "b"}; empty for a line that is no row.
std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  if (!line.starts_with("| ")) return found;
  for (std::size_t at = 1; at < line.size();) {
    const std::size_t end = line.find('|', at);
    if (end == std::string::npos) break;
    std::string cell = line.substr(at, end - at);
    cell.erase(0, cell.find_first_not_of(' '));
    const std::size_t last = cell.find_last_not_of(' ');
    found.push_back(last == std::string::npos ? "" : cell.substr(0, last + 1));
    at = end + 1;
  }
  return found;
}

// study | modality | body part | study description | from | age
StudyIndex study_of(const std::vector<std::string>& row) {
  StudyIndex study;
  study.study_instance_uid = "1.2";
  study.study_date = "20261124";
  study.study_description = row.at(3);
  study.patient_birth_date = std::to_string(2026 - std::stoi(row.at(5))) + "0101";
  IndexedSeries series;
  series.modality = row.at(1);
  series.body_part = row.at(2);
  IndexedInstance instance;
  instance.sop_instance_uid = "1.2.3";
  instance.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";
  instance.remote_aet = row.at(4);
  series.instances.push_back(instance);
  study.series.push_back(series);
  return study;
}

// As the document's tables say it: rule and lane.
std::pair<std::string, std::string> told(const RuleDecision& decision) {
  if (decision.rule == nullptr) return {"none", ""};
  if (decision.skip == "off") return {decision.rule->name + " (off)", ""};
  return {decision.rule->name, std::string(to_string(decision.rule->action.lane))};
}

// The example that stands in the fenced lines, as a whole configuration.
std::vector<Rule> rules_of(const std::string& example) {
  const std::string text = R"({"orthanc": {"url": "http://127.0.0.1:8042"}, )" + example.substr(example.find('{') + 1);
  const ConfigurationReading reading = parse_configuration(text, "/rules.json", ConfigurationReader::all);
  for (const auto& mistake : reading.mistakes) ADD_FAILURE() << mistake.text() << "\n" << example;
  return reading.configuration ? reading.configuration->rules : std::vector<Rule>();
}

TEST(RuleDocument, ExamplesDoWhatTheirTablesSay) {
  // Aim: nobody copies an example that does something else than the text beside it.
  std::map<std::string, StudyIndex> studies;
  std::vector<Rule> rules;
  std::string example;
  bool inside = false;
  int examples = 0, judged = 0;
  for (const std::string& line : lines_of(RADFM_RULES_DOCUMENT)) {
    if (line.starts_with("```")) {
      inside = line == "```json";
      if (inside) {
        example.clear();
      } else {
        rules = rules_of(example);
        ++examples;
      }
      continue;
    }
    if (inside) {
      example += line + "\n";
      continue;
    }
    const std::vector<std::string> row = cells(line);
    if (row.size() == 6 && row[0] != "study") {
      studies.emplace(row[0], study_of(row));
    } else if (row.size() == 3 && row[0] != "study") {
      ASSERT_TRUE(studies.contains(row[0])) << row[0];
      EXPECT_EQ(told(decide(rules, studies.at(row[0]), today_ms)), std::pair(row[1], row[2])) << row[0] << "\n" << example;
      ++judged;
    }
  }
  EXPECT_EQ(studies.size(), 6U);
  EXPECT_EQ(examples, 6);
  EXPECT_EQ(judged, 17);
}

}  // namespace
}  // namespace radfm
