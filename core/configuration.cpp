// SPDX-License-Identifier: Apache-2.0
#include "core/configuration.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <system_error>

#include "core/configuration_sections.h"
#include "core/json_text.h"
#include "core/rule_json.h"

namespace radfm {
namespace {

constexpr std::array<std::string_view, 9> foreign_to_plugin{"orthanc", "pacs",   "dicom",   "model", "priors",
                                                            "report",  "reader", "imaging", "audit"};

// "pacs[2].port" -> "pacs"
std::string_view section_of(std::string_view key) { return key.substr(0, key.find_first_of(".[")); }

bool is_foreign_to_plugin(const JsonMistake& mistake) {
  const auto section = section_of(mistake.key);
  return std::find(foreign_to_plugin.begin(), foreign_to_plugin.end(), section) != foreign_to_plugin.end();
}

bool has_mistake_in(const std::vector<JsonMistake>& mistakes, std::string_view section) {
  return std::any_of(mistakes.begin(), mistakes.end(),
                     [&](const JsonMistake& mistake) { return section_of(mistake.key) == section; });
}

Rule rule_for_everything() {
  Rule rule;
  rule.name = "all";
  return rule;
}

std::vector<Rule> read_rules(JsonSection* root, std::vector<JsonMistake>* mistakes) {
  if (!root->has("rules")) {
    root->sections("rules");
    return {rule_for_everything()};
  }
  std::vector<Rule> rules;
  std::set<std::string> names;
  for (auto& section : root->sections("rules")) {
    rules.push_back(read_rule(std::move(section)));
    const std::string& name = rules.back().name;
    if (!name.empty() && !names.insert(name).second) {
      mistakes->push_back({"rules[" + std::to_string(rules.size() - 1) + "].name", "two rules have this name"});
    }
  }
  return rules;
}

// A destination that is spelled wrongly would send drafts nowhere.
void check_destinations(const Configuration& configuration, std::vector<JsonMistake>* mistakes) {
  std::set<std::string> names, without_store;
  for (const auto& node : configuration.pacs) (node.takes_drafts() ? names : without_store).insert(node.name);
  for (std::size_t i = 0; i < configuration.rules.size(); ++i) {
    for (const auto& destination : configuration.rules[i].action.destinations) {
      if (names.contains(destination)) continue;
      if (without_store.contains(destination)) {
        mistakes->push_back({"rules[" + std::to_string(i) + "].action.destinations",
                             destination + " has no host; an archive that speaks DICOMweb alone is sent drafts with \"store\": \"stow\""});
        continue;
      }
      const auto near = nearest_word(destination, names);
      mistakes->push_back({"rules[" + std::to_string(i) + "].action.destinations",
                           destination + " is the name of no entry of pacs" +
                               (near ? "; did you mean " + *near + "?" : std::string())});
    }
  }
}

// A companion that is not made would be missed in silence.
void check_companions(const Configuration& configuration, std::vector<JsonMistake>* mistakes) {
  for (std::size_t i = 0; i < configuration.pacs.size(); ++i) {
    for (const auto& companion : configuration.pacs[i].companions.value_or(std::set<std::string>())) {
      if (configuration.report.companions.contains(companion)) continue;
      mistakes->push_back({"pacs[" + std::to_string(i) + "].companions", companion + " is not made: name it in report.companions too"});
    }
  }
}

// A worker that speaks as it should would be told as silent.
void check_silence(const Configuration& configuration, std::vector<JsonMistake>* mistakes) {
  const bool told = !configuration.alerts.webhook_url.empty() || !configuration.alerts.mail_server.empty();
  if (told && configuration.alerts.worker_silence_ms < 3 * configuration.queue.heartbeat_ms) {
    mistakes->push_back({"alerts.worker_silence_ms", "expected at least three times queue.heartbeat_ms"});
  }
}

Configuration read_document(const nlohmann::json& document, const std::filesystem::path& file,
                            ConfigurationReader reader, std::vector<JsonMistake>* mistakes) {
  Configuration configuration;
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(file, failure);
  configuration.file = failure ? file : absolute.lexically_normal();
  const auto base = configuration.file.parent_path();
  const auto secrets = reader == ConfigurationReader::plugin ? Secrets::leave : Secrets::read;

  JsonSection root(document, "", mistakes);
  read_database(root.section("database"), base, &configuration.database);
  read_orthanc(root.section("orthanc"), base, secrets, &configuration.orthanc);
  read_dicom(root.section("dicom"), base, &configuration.dicom);
  configuration.pacs = read_pacs(root.sections("pacs"), base, secrets, configuration.dicom);
  read_model(root.section("model"), base, &configuration.model);
  configuration.rules = read_rules(&root, mistakes);
  read_priors(root.section("priors"), &configuration.priors);
  read_report(root.section("report"), &configuration.report);
  read_queue(root.section("queue"), &configuration.queue);
  read_reader(root.section("reader"), base, &configuration.reader);
  read_imaging(root.section("imaging"), &configuration.imaging);
  read_log(root.section("log"), &configuration.log);
  read_access(root.section("access"), &configuration.access);
  read_audit(root.section("audit"), base, &configuration.audit);
  const auto alert_secrets = reader == ConfigurationReader::plugin ? Secrets::read : Secrets::leave;
  read_alerts(root.section("alerts"), base, alert_secrets, &configuration.alerts);
  root.finish();
  // Where the plugin lets a broken `pacs` pass, it cannot judge the names in the rules either.
  const bool pacs_unknown = reader == ConfigurationReader::plugin && has_mistake_in(*mistakes, "pacs");
  if (!pacs_unknown) check_destinations(configuration, mistakes);
  if (!has_mistake_in(*mistakes, "report")) check_companions(configuration, mistakes);
  check_silence(configuration, mistakes);
  return configuration;
}

ConfigurationReading one_mistake(const std::filesystem::path& file, const std::string& text) {
  return {std::nullopt, {{file.string(), "", text}}};
}

}  // namespace

std::string ConfigurationMistake::text() const { return file + ": " + (key.empty() ? "" : key + ": ") + expected; }

ConfigurationReading parse_configuration(const std::string& text, const std::filesystem::path& file,
                                         ConfigurationReader reader) {
  if (text.size() > configuration_file_bytes_max) {
    return one_mistake(file, "expected a file of at most " + std::to_string(configuration_file_bytes_max) + " bytes");
  }
  std::vector<JsonMistake> mistakes;
  const auto document = parse_commented_json(text, &mistakes);
  Configuration configuration;
  if (!document.is_discarded()) configuration = read_document(document, file, reader, &mistakes);
  if (reader == ConfigurationReader::plugin) std::erase_if(mistakes, is_foreign_to_plugin);
  ConfigurationReading reading;
  for (auto& mistake : mistakes) reading.mistakes.push_back({file.string(), mistake.key, mistake.text});
  if (reading.mistakes.empty()) reading.configuration = std::move(configuration);
  return reading;
}

ConfigurationReading read_configuration(const std::filesystem::path& file, ConfigurationReader reader) {
  std::error_code failure;
  if (std::filesystem::is_directory(file, failure)) return one_mistake(file, "is a folder; expected the configuration file");
  std::ifstream stream(file, std::ios::binary);
  if (!stream.is_open()) return one_mistake(file, "cannot be opened; does it exist, and may this user read it?");
  std::string text(configuration_file_bytes_max + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return one_mistake(file, "cannot be read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return parse_configuration(text, file, reader);
}

}  // namespace radfm
