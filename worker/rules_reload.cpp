// SPDX-License-Identifier: Apache-2.0
#include "worker/rules_reload.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "core/digest.h"
#include "core/json_text.h"
#include "worker/service.h"

namespace radfm::worker {
namespace {

constexpr std::int64_t idle_wait_ms = 60'000;
// A rule reaches the worker with each job; the others are the plugin's alone.
const std::set<std::string> not_of_the_worker = {"rules", "access", "alerts"};

std::vector<std::string> mistakes_in(const ConfigurationReading& reading) {
  std::vector<std::string> mistakes;
  for (const ConfigurationMistake& mistake : reading.mistakes) mistakes.push_back(mistake.text());
  if (reading.configuration)
    for (const ConfigurationMistake& mistake : worker_mistakes(*reading.configuration)) mistakes.push_back(mistake.text());
  return mistakes;
}

// Whatever the plugin answers: it looks at the file's times every few seconds, too.
void tell_answer(const Result<orthanc::RulesReading>& answer, std::vector<ReloadLine>& lines) {
  if (!answer) {
    lines.push_back({LogLevel::warning, "the plugin could not be asked to read it: " + answer.error().message + " (" + answer.error().code +
                                            "); while Orthanc runs it sees a changed file by itself within seconds"});
  } else if (answer->mistakes.empty()) {
    lines.push_back({LogLevel::info, "the plugin has read it at " + answer->read_at + ": " + std::to_string(answer->rules) + " rules are in force"});
  } else {
    for (const std::string& mistake : answer->mistakes) lines.push_back({LogLevel::error, "the plugin says: " + mistake});
    lines.push_back({LogLevel::warning, "the plugin says: " + answer->message});
  }
}

}  // namespace

SettingsAtStart settings_at_start(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(configuration_file_bytes_max, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  std::vector<JsonMistake> ignored;
  const nlohmann::json document = parse_commented_json(text, &ignored);
  SettingsAtStart settings;
  if (!document.is_object()) return settings;
  for (const auto& [section, value] : document.items()) {
    if (not_of_the_worker.contains(section)) continue;
    if (!value.is_object()) {
      settings[section] = sha256_hex(value.dump());
      continue;
    }
    for (const auto& [key, setting] : value.items()) settings[section + "." + key] = sha256_hex(setting.dump());
  }
  return settings;
}

std::string differing_keys(const SettingsAtStart& before, const SettingsAtStart& now) {
  std::set<std::string> keys;
  const auto add_those_not_in = [&keys](const SettingsAtStart& some, const SettingsAtStart& others) {
    for (const auto& [key, digest] : some)
      if (const auto other = others.find(key); other == others.end() || other->second != digest) keys.insert(key);
  };
  add_those_not_in(before, now);
  add_those_not_in(now, before);
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  return list;
}

std::vector<ReloadLine> reload_rules(const std::filesystem::path& file, const SettingsAtStart& at_start, const AskPlugin& ask) {
  std::vector<ReloadLine> lines;
  const ConfigurationReading reading = read_configuration(file, ConfigurationReader::all);
  const std::vector<std::string> mistakes = mistakes_in(reading);
  const std::string name = file.filename().string();
  for (const std::string& mistake : mistakes) lines.push_back({LogLevel::error, mistake});
  if (!mistakes.empty() || !reading.configuration) {
    lines.push_back({LogLevel::warning, name + " has " + std::to_string(mistakes.size()) +
                                            " mistake(s): the plugin is not asked to read it, and all goes on as before; correct the file"});
    return lines;
  }
  lines.push_back({LogLevel::info, name + " has no mistake"});
  tell_answer(ask(reading.configuration->orthanc), lines);
  if (const std::string keys = differing_keys(at_start, settings_at_start(file)); !keys.empty())
    lines.push_back({LogLevel::warning, "changed since the worker's start, and without effect on it before its restart: " + keys});
  return lines;
}

RulesReload::RulesReload(std::filesystem::path file) : file_(std::move(file)), at_start_(settings_at_start(file_)), thread_([this] { run(); }) {}

RulesReload::~RulesReload() {
  interrupt_.raise(Interrupt::Reason::stopping);
  bell_.ring();
  thread_.join();
}

void RulesReload::ask() {
  asked_ = true;
  bell_.ring();
}

void RulesReload::run() {
  const AskPlugin ask = [this](const OrthancSettings& settings) -> Result<orthanc::RulesReading> {
    const auto plugin = orthanc::PluginClient::make(settings, interrupt_.fd());
    if (!plugin) return plugin.error();
    return (*plugin)->reload_rules();
  };
  while (interrupt_.reason() != Interrupt::Reason::stopping) {
    if (!asked_.exchange(false)) {
      bell_.wait(idle_wait_ms);
      continue;
    }
    for (const ReloadLine& line : reload_rules(file_, at_start_, ask)) log_line(line.level, "configuration", line.text);
  }
}

}  // namespace radfm::worker
