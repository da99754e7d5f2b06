// SPDX-License-Identifier: Apache-2.0
// Our plugin in the Orthanc beside us, asked about its rules over Orthanc's REST with the configuration's url and credentials: for
// `radfmctl rules` and for the worker's SIGHUP. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "orthanc-client/http_client.h"

namespace radfm::orthanc {

// A configuration of configuration_file_bytes_max with every default of its rules written out is smaller.
inline constexpr std::uint64_t plugin_answer_bytes_max = 4ull << 20;

struct RulesInForce {
  std::string file;                  // the name of the plugin's configuration file
  std::string read_at;               // ISO 8601; empty: nothing is in force
  std::vector<std::string> refused;  // mistakes of a changed file that was not taken
  std::vector<Rule> rules;
};

struct RulesReading {
  std::vector<std::string> mistakes;  // none: the file is in force
  std::string message;                // with mistakes: what is in force all the same
  std::int64_t rules = 0;             // without mistakes: how many there are, and since when
  std::string read_at;
};

// Errors of both functions: those of orthanc-client/orthanc.h, and
//   permanent "plugin_missing"   Orthanc answers, but has no such address
//   permanent "role_needed"      access gives orthanc.username not the role; the message names it
//   what else the plugin itself answers, with its code and message: permanent, or transient for 503
class PluginClient {
 public:
  // permanent "url_not_supported". `wake_fd`: as HttpClient.
  static Result<std::unique_ptr<PluginClient>> make(const OrthancSettings& settings, int wake_fd);

  Result<RulesInForce> rules();        // role read
  Result<RulesReading> reload_rules();  // role administer

 private:
  explicit PluginClient(HttpClient http) : http_(std::move(http)) {}
  struct Answer {
    unsigned status = 0;
    std::string body;
  };
  Result<Answer> ask(const std::string& method, const std::string& path);

  HttpClient http_;
};

}  // namespace radfm::orthanc
