// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/configuration_in_force.h"

#include <sys/stat.h>

#include "core/log.h"
#include "orthanc-plugin/access_roles.h"

namespace radfm::plugin {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::optional<ConfigurationInForce::Stamp> ConfigurationInForce::stamp_of(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return std::nullopt;
  return Stamp{found.st_dev, found.st_ino, found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
}

void ConfigurationInForce::read_if_changed() {
  const std::filesystem::path file = board_.read().configuration_file;
  if (file.empty()) return;
  const std::lock_guard lock(reading_);
  const std::optional<Stamp> stamp = stamp_of(file);
  if (!read_once_ || stamp != stamp_) read(file, stamp);
}

ConfigurationInForce::Reading ConfigurationInForce::read_now() {
  const std::filesystem::path file = board_.read().configuration_file;
  if (file.empty()) return {{"Orthanc's configuration names no file of ours"}};
  const std::lock_guard lock(reading_);
  return read(file, stamp_of(file));
}

// The stamp is older than what is read: what is written meanwhile is seen by the next look.
ConfigurationInForce::Reading ConfigurationInForce::read(const std::filesystem::path& file, const std::optional<Stamp>& stamp) {
  ConfigurationReading found = read_configuration(file, ConfigurationReader::plugin);
  Reading reading;
  for (const ConfigurationMistake& mistake : found.mistakes) reading.mistakes.push_back(mistake.text());
  if (found.configuration) put_in_force(std::move(*found.configuration));
  else refuse(reading.mistakes);
  if (const auto in_force = now()) {
    reading.rules = in_force->rules.size();
    reading.read_wall_ms = board_.read().rules_read_wall_ms;
  }
  read_once_ = true;  // last: a reading that was thrown out of is done again
  stamp_ = stamp;
  return reading;
}

void ConfigurationInForce::put_in_force(Configuration found) {
  const auto configuration = std::make_shared<const Configuration>(std::move(found));
  if (LogLevel level = LogLevel::info; parse_log_level(configuration->log.level, &level)) set_log_level(level);
  log_line(LogLevel::info, "configuration", "read; " + std::to_string(configuration->rules.size()) + " rules are in force");
  board_.update([&](Notices& notices) {
    notices.mistakes.clear();
    notices.database = configuration->database;
    notices.queue = configuration->queue;
    notices.access = configuration->access;
    notices.alerts = configuration->alerts;
    notices.role_advice = advice_on_roles(notices.access, notices.orthanc_users, notices.passwords_asked);
    notices.rules = std::shared_ptr<const std::vector<Rule>>(configuration, &configuration->rules);
    notices.rules_read_wall_ms = clock_.wall_ms();
  });
  const std::lock_guard lock(mutex_);
  configuration_ = configuration;
}

void ConfigurationInForce::refuse(std::vector<std::string> mistakes) {
  for (const std::string& mistake : mistakes) log_line(LogLevel::error, "configuration", mistake);
  std::string said;
  board_.update([&](Notices& notices) {
    notices.mistakes = std::move(mistakes);
    said = notices.refusal();
  });
  if (!said.empty()) log_line(LogLevel::warning, "configuration", said);
}

std::shared_ptr<const Configuration> ConfigurationInForce::now() const {
  const std::lock_guard lock(mutex_);
  return configuration_;
}

}  // namespace radfm::plugin
