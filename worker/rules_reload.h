// SPDX-License-Identifier: Apache-2.0
// What SIGHUP asks of a worker: the configuration file is checked, the plugin, whose rules they are, is asked to read it now, and it is
// said which changed settings of the worker wait for its restart. On a thread of its own: Orthanc may take its time to answer, and
// the main thread must be heard by the service manager meanwhile.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/configuration.h"
#include "core/log.h"
#include "core/result.h"
#include "orthanc-client/plugin_client.h"
#include "worker/bell.h"
#include "worker/interrupt.h"

namespace radfm::worker {

// What the file says, of settings that the worker reads at its start only: a digest for each "section.key", for sections that are no
// object "section". Empty when the file cannot be read.
using SettingsAtStart = std::map<std::string, std::string>;
SettingsAtStart settings_at_start(const std::filesystem::path& file);

// The keys in which two of them differ, "model.threads, pacs"; empty when they are the same.
std::string differing_keys(const SettingsAtStart& before, const SettingsAtStart& now);

struct ReloadLine {
  LogLevel level = LogLevel::info;
  std::string text;
};
using AskPlugin = std::function<Result<orthanc::RulesReading>(const OrthancSettings&)>;
// Does it, and says what came of it. A file with mistakes is not told to the plugin.
std::vector<ReloadLine> reload_rules(const std::filesystem::path& file, const SettingsAtStart& at_start, const AskPlugin& ask);

class RulesReload {
 public:
  // Starts the thread. `file` is what the worker was started with, and as it is now.
  explicit RulesReload(std::filesystem::path file);
  ~RulesReload();  // gives up a question to the plugin

  void ask();  // any thread; waits for nothing. While it is being done: it is done once more afterwards

 private:
  void run();

  const std::filesystem::path file_;
  const SettingsAtStart at_start_;
  Interrupt interrupt_;
  Bell bell_;
  std::atomic<bool> asked_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace radfm::worker
