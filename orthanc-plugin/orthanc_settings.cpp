// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/orthanc_settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/job.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr int tls_1_2 = 4;  // as SslMinimumProtocolVersion counts
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

// A switch that endangers something in one of its positions.
struct SwitchAdvice {
  const char* key;
  bool by_default, dangerous;
  const char* consequence;
};

constexpr std::array reports_at_risk{
    SwitchAdvice{"StoreDicom", true, false, "no file is kept, so no draft can be made"},
    SwitchAdvice{"HttpServerEnabled", true, false, "the worker reaches Orthanc by HTTP only, so no draft can be made"},
    SwitchAdvice{"OverwriteInstances", false, true,
                 "a file that is sent twice replaces the stored one, a draft report too"},
    SwitchAdvice{"SyncStorageArea", true, false,
                 "a power failure may lose images and drafts that were acknowledged as stored"},
    SwitchAdvice{"CheckRevisions", false, true,
                 "Orthanc refuses the mark by which a study is known to have its draft, should the queue be lost"},
};

constexpr std::array data_at_risk{
    SwitchAdvice{"ExecuteLuaEnabled", false, true, "whoever may use its REST API can run programs on this machine"},
    SwitchAdvice{"RestApiWriteToFileSystemEnabled", false, true,
                 "whoever may use its REST API can write files on this machine"},
    SwitchAdvice{"DeidentifyLogs", true, false, "names of patients that are searched for are written into its log"},
};

constexpr std::array dicom_at_risk{
    SwitchAdvice{"DicomAlwaysAllowFind", false, true, "whoever reaches its DICOM port can list the patients"},
    SwitchAdvice{"DicomAlwaysAllowFindWorklist", false, true, "whoever reaches its DICOM port can list the worklist"},
    SwitchAdvice{"DicomAlwaysAllowGet", false, true, "whoever reaches its DICOM port can fetch studies"},
    SwitchAdvice{"DicomAlwaysAllowMove", false, true, "whoever reaches its DICOM port can have studies sent"},
};

// PS3.5 A.4: JPEG baseline and extended, JPEG-LS near-lossless, JPEG 2000 (lossy allowed).
constexpr std::array lossy_syntaxes{"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.81",
                                    "1.2.840.10008.1.2.4.91"};

void advise(const json& orthanc, const SwitchAdvice& about, std::vector<std::string>& advice) {
  if (value_of<bool>(orthanc, about.key, about.by_default) != about.dangerous) return;
  const std::string key = about.key;
  advice.push_back("Orthanc's " + key + " is " + (about.dangerous ? "true" : "false") + ": " + about.consequence +
                   "; set \"" + key + "\" to " + (about.dangerous ? "false" : "true"));
}

void advise_on_what_is_kept(const json& orthanc, std::vector<std::string>& advice) {
  if (value_of<std::string>(orthanc, "DefaultEncoding", "Latin1") != "Utf8")
    advice.push_back(
        "Orthanc's DefaultEncoding is not Utf8: set \"DefaultEncoding\" to \"Utf8\", or names of files "
        "without a character set may be shown wrongly");
  for (const char* key : {"MaximumPatientCount", "MaximumStorageSize"})
    if (value_of<std::int64_t>(orthanc, key, 0) > 0)
      advice.push_back(std::string("Orthanc's ") + key +
                       " is set: when it is reached the oldest patients are deleted, with their drafts, their prior "
                       "studies and what still waits for a draft; set \"" +
                       key + "\" to 0 and watch the disk, or protect those patients");
  const std::string syntax = value_of<std::string>(orthanc, "IngestTranscoding", "");
  if (std::find(lossy_syntaxes.begin(), lossy_syntaxes.end(), syntax) != lossy_syntaxes.end())
    advice.push_back(
        "Orthanc's IngestTranscoding is a lossy syntax: images lose detail and get other SOP Instance UIDs, so drafts "
        "refer to images that no archive has; remove \"IngestTranscoding\"");
  const json named = orthanc.value("UserMetadata", json::object());
  if (named.is_object())
    for (const auto& [name, number] : named.items())
      if (number.is_number_integer() && number.get<std::int64_t>() == orthanc_metadata_number)
        advice.push_back("Orthanc's UserMetadata uses the number " + std::to_string(orthanc_metadata_number) +
                         ", under which drafts are marked in their study; give another number to \"" + name + "\"");
}

void advise_on_users(const json& orthanc, std::vector<std::string>& advice) {
  const json users = orthanc.value("RegisteredUsers", json::object());
  if (!users.is_object() || users.empty()) {
    advice.push_back(
        "Orthanc allows remote access and lists no RegisteredUsers: it then accepts its published default "
        "user; list your own in \"RegisteredUsers\"");
    return;
  }
  for (const auto& [name, password] : users.items())
    if (password.is_string() && (password == name || password == "" || password == name + "Password"))
      advice.push_back("Orthanc's RegisteredUsers has the user " + name +
                       " with a password that anybody would guess; give another one in \"RegisteredUsers\"");
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
  for (const SwitchAdvice& about : data_at_risk) advise(orthanc, about, advice);
  if (!value_of<bool>(orthanc, "RemoteAccessAllowed", false)) return;
  if (!settings.passwords_asked)
    advice.push_back(
        "Orthanc allows remote access without a password: anybody on the network can read studies and act "
        "on this queue; set \"AuthenticationEnabled\" to true and list \"RegisteredUsers\"");
  else
    advise_on_users(orthanc, advice);
  if (!value_of<bool>(orthanc, "SslEnabled", false))
    advice.push_back(
        "Orthanc allows remote access without TLS: passwords and studies can be read on the network; set \"SslEnabled\" "
        "to true with \"SslCertificate\", or \"RemoteAccessAllowed\" to false behind a TLS proxy on this machine");
  else if (value_of<int>(orthanc, "SslMinimumProtocolVersion", tls_1_2) < tls_1_2)
    advice.push_back("Orthanc accepts TLS versions that are broken; set \"SslMinimumProtocolVersion\" to 4 (TLS 1.2)");
}

void advise_on_dicom(const json& orthanc, std::vector<std::string>& advice) {
  if (!value_of<bool>(orthanc, "DicomServerEnabled", true)) return;
  if (value_of<bool>(orthanc, "DicomAlwaysAllowStore", true))
    advice.push_back(
        "Orthanc takes studies from whoever reaches its DICOM port, and they get drafts; set \"DicomAlwaysAllowStore\" to "
        "false, list who may send in \"DicomModalities\" and set \"DicomCheckModalityHost\" to true");
  for (const SwitchAdvice& about : dicom_at_risk) advise(orthanc, about, advice);
  if (value_of<bool>(orthanc, "DicomTlsEnabled", false) &&
      !value_of<bool>(orthanc, "DicomTlsRemoteCertificateRequired", true))
    advice.push_back(
        "Orthanc's DICOM port speaks TLS with whoever comes, without a certificate; set "
        "\"DicomTlsRemoteCertificateRequired\" to true");
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
        "set \"StableAge\" to 10 or more");
  for (const SwitchAdvice& about : reports_at_risk) advise(orthanc, about, settings.advice);
  advise_on_what_is_kept(orthanc, settings.advice);
  settings.http_threads = static_cast<int>(std::clamp<std::int64_t>(
      value_of<std::int64_t>(orthanc, "HttpThreadsCount", orthanc_http_threads_default), 1, orthanc_http_threads_most));
  read_users(orthanc, settings);
  advise_on_access(orthanc, settings, settings.advice);
  advise_on_dicom(orthanc, settings.advice);
  return settings;
}

std::string advise_on_environment(const char* tcp_nodelay) {
  if (tcp_nodelay != nullptr && std::atoi(tcp_nodelay) != 0) return {};
  return "Orthanc runs without TCP_NODELAY=1 in its environment: small images arrive at ten to twenty a second; for "
         "Debian's service add Environment=TCP_NODELAY=1 (systemctl edit orthanc), and set it for senders by DCMTK too";
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
