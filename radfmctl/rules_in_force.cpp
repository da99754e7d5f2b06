// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/rules_in_force.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "core/rule_json.h"
#include "db/job_json.h"
#include "orthanc-client/plugin_client.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

using nlohmann::json;

void print_json(const json& value) { std::cout << db::json_text(value, 2) << "\n"; }

void print_rules(const orthanc::RulesInForce& found) {
  if (found.read_at.empty()) std::cout << "no rules are in force: new studies wait\n";
  else std::cout << found.rules.size() << " rule(s) of " << found.file << " in force, read at " << found.read_at << "\n";
  for (const Rule& rule : found.rules) std::cout << rule_lines(rule);
  if (!found.refused.empty()) std::cout << "the file as it is now is refused:\n";
  for (const std::string& mistake : found.refused) std::cout << "  " << mistake << "\n";
}

int tell_mistakes(const std::vector<std::string>& mistakes, const std::string& message, bool as_json) {
  if (as_json) {
    print_json({{"mistakes", mistakes}, {"message", message}});
  } else {
    for (const std::string& mistake : mistakes) std::cout << mistake << "\n";
    std::cout << message << "\n";
  }
  return exit_wrong;
}

Result<std::unique_ptr<orthanc::PluginClient>> plugin_of(const Configuration& configuration) {
  return orthanc::PluginClient::make(configuration.orthanc, -1);
}

}  // namespace

std::string rule_lines(const Rule& rule) {
  const RuleAction& action = rule.action;
  const std::string lane = action.lane == Lane::routine ? "" : ", lane " + std::string(to_string(action.lane));
  return "  " + rule.name + ": task " + std::string(to_string(action.task)) + lane + (action.off ? ", off" : "") + "\n" + asked_lines(action, "    ");
}

int list_rules(const Arguments& arguments) {
  const std::optional<Configuration> configuration = usable_configuration(*arguments.value("--config"));
  if (!configuration) return exit_usage;
  const auto plugin = plugin_of(*configuration);
  if (!plugin) return complain(plugin.error());
  const auto found = (*plugin)->rules();
  if (!found) return complain(found.error());
  if (arguments.has("--json")) {
    json rules = json::array();
    for (const Rule& rule : found->rules) rules.push_back(to_json(rule));
    const json read_at = found->read_at.empty() ? json() : json(found->read_at);
    print_json({{"file", found->file}, {"read_at", read_at}, {"refused", found->refused}, {"rules", rules}});
  } else {
    print_rules(*found);
  }
  return found->read_at.empty() || !found->refused.empty() ? exit_wrong : exit_done;
}

int reload_rules(const Arguments& arguments) {
  const bool as_json = arguments.has("--json");
  const ConfigurationReading reading = read_configuration(*arguments.value("--config"), ConfigurationReader::all);
  if (!reading.configuration) {
    std::vector<std::string> mistakes;
    for (const ConfigurationMistake& mistake : reading.mistakes) mistakes.push_back(mistake.text());
    return tell_mistakes(mistakes, "the plugin was not asked to read it; correct the file", as_json);
  }
  const auto plugin = plugin_of(*reading.configuration);
  if (!plugin) return complain(plugin.error());
  const auto reloaded = (*plugin)->reload_rules();
  if (!reloaded) return complain(reloaded.error());
  if (!reloaded->mistakes.empty()) return tell_mistakes(reloaded->mistakes, reloaded->message, as_json);
  if (as_json) {
    print_json({{"rules", reloaded->rules}, {"read_at", reloaded->read_at}, {"mistakes", json::array()}});
    return exit_done;
  }
  const auto found = (*plugin)->rules();
  if (!found) return complain(found.error());
  print_rules(*found);
  return exit_done;
}

}  // namespace radfm::ctl
