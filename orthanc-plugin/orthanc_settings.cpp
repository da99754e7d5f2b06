// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/orthanc_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr std::int64_t orthanc_http_threads_most = 10'000;

template <class T>
T value_of(const json& object, const char* key, T otherwise) {
  const auto found = object.find(key);
  if (found == object.end()) return otherwise;
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    return otherwise;  // Orthanc itself complains about its own settings
  }
}

void advise_on_identity(const json& orthanc, std::vector<std::string>& advice) {
  if (value_of<std::string>(orthanc, "DefaultEncoding", "Latin1") != "Utf8")
    advice.push_back(
        "Orthanc's DefaultEncoding is not Utf8: set \"DefaultEncoding\" to \"Utf8\", or names of files "
        "without a character set may be shown wrongly");
  if (value_of<bool>(orthanc, "OverwriteInstances", false))
    advice.push_back(
        "Orthanc's OverwriteInstances is true: a file that is sent twice replaces the stored one, a draft "
        "report too; set it to false");
}

void read_users(const json& orthanc, OrthancSettings& settings) {
  settings.passwords_asked = value_of<bool>(orthanc, "AuthenticationEnabled", value_of<bool>(orthanc, "RemoteAccessAllowed", false));
  const auto users = orthanc.find("RegisteredUsers");
  if (users == orthanc.end() || !users->is_object()) return;
  for (const auto& [name, password] : users->items()) {
    if (!password.is_string()) continue;
    settings.users[name] = password.get<std::string>();
    if (name.find(':') != std::string::npos)
      settings.advice.push_back(
          "a user of Orthanc's RegisteredUsers has a colon in its name, so that nobody can tell where the name ends and the password begins: it gets "
          "no role here; use another name");
  }
}

void advise_on_access(const json& orthanc, const OrthancSettings& settings, std::vector<std::string>& advice) {
  if (!value_of<bool>(orthanc, "RemoteAccessAllowed", false)) return;
  if (!settings.passwords_asked)
    advice.push_back(
        "Orthanc allows remote access without a password: anybody on the network can read studies and act "
        "on this queue; set AuthenticationEnabled to true and list RegisteredUsers");
  else if (settings.users.empty())
    advice.push_back(
        "Orthanc allows remote access and lists no RegisteredUsers: it then accepts its published default "
        "user; list your own");
}

}  // namespace

OrthancSettings read_orthanc_settings(std::string_view text) {
  OrthancSettings settings;
  const json orthanc = json::parse(text, nullptr, false, true);
  if (!orthanc.is_object()) {
    settings.advice.push_back("Orthanc did not show its configuration; a StableAge of 60 s is assumed");
    return settings;
  }
  if (const auto section = orthanc.find("RadFM"); section != orthanc.end() && section->is_object())
    settings.configuration_name = value_of<std::string>(*section, "Configuration", "");
  const std::int64_t stable_age_s = value_of<std::int64_t>(orthanc, "StableAge", stable_age_default_s);
  settings.stable_age_ms = std::clamp<std::int64_t>(stable_age_s, 0, 86'400) * 1000;
  if (stable_age_s < stable_age_low_s)
    settings.advice.push_back(
        "Orthanc's StableAge is " + std::to_string(stable_age_s) +
        " s: slow senders pause longer between two images, and each pause makes a revision; "
        "use 10 s or more");
  advise_on_identity(orthanc, settings.advice);
  settings.http_threads = static_cast<int>(std::clamp<std::int64_t>(
      value_of<std::int64_t>(orthanc, "HttpThreadsCount", orthanc_http_threads_default), 1, orthanc_http_threads_most));
  read_users(orthanc, settings);
  advise_on_access(orthanc, settings, settings.advice);
  return settings;
}

std::filesystem::path locate_configuration(const std::string& name,
                                           const std::filesystem::path& orthanc_configuration) {
  const std::filesystem::path wanted(name);
  if (wanted.is_absolute() || orthanc_configuration.empty()) return wanted;
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(orthanc_configuration, ignored);
  const std::filesystem::path folder =
      is_folder ? orthanc_configuration : orthanc_configuration.parent_path();
  const std::filesystem::path beside = folder / wanted;
  if (!std::filesystem::exists(beside, ignored) && std::filesystem::exists(wanted, ignored)) return wanted;
  return beside;
}

}  // namespace radfm::plugin
