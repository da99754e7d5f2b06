// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin reads from Orthanc's own configuration: where ours is, StableAge, who its users are, and what an administrator
// should hear about settings that endanger reports or patients' data: one sentence each, with the key and the value to
// set. Advice only: it never refuses anything. Keys and defaults are those of Orthanc 1.10.1 (Orthanc --config=FILE).
// Left alone, since nothing is lost by them here: StorageCompression, LimitFindResults (the worker asks by identifier),
// DicomThreadsCount, KeepAlive, DicomCheckCalledAet (a called title is no secret), DicomTlsEnabled (network's choice).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "orthanc-plugin/request_gate.h"

namespace radfm::plugin {

inline constexpr std::int64_t stable_age_default_s = 60;  // Orthanc's own default
inline constexpr std::int64_t stable_age_low_s = 3;       // below it studies look complete between two images

struct OrthancSettings {
  std::string configuration_name;  // "RadFM": {"Configuration": "..."}; empty when it is not there
  std::int64_t stable_age_ms = stable_age_default_s * 1000;
  std::map<std::string, std::string> users;  // RegisteredUsers: name to password
  bool passwords_asked = false;              // for each request: AuthenticationEnabled, which is on by default with remote access
  int http_threads = orthanc_http_threads_default;
  std::vector<std::string> advice;
};

// `json` is what OrthancPluginGetConfiguration answers.
OrthancSettings read_orthanc_settings(std::string_view json);

// About the environment that Orthanc runs in; `tcp_nodelay` is its variable TCP_NODELAY, or nullptr. Empty: all is well.
std::string advise_on_environment(const char* tcp_nodelay);

// Relative names are looked for beside Orthanc's configuration (a file or a folder), then in the working
// directory.
std::filesystem::path locate_configuration(const std::string& name,
                                           const std::filesystem::path& orthanc_configuration);

}  // namespace radfm::plugin
