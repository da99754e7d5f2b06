// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's plugin interface in C for tests: what the plugin registers and sends is kept, its questions go to a FakeOrthanc.
// Orthanc's threads are the test's; the plugin's own thread is real.
#pragma once

#include <orthanc/OrthancCPlugin.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tests/orthanc-plugin/fake_orthanc.h"

namespace radfm::plugin {

class FakeContext {
 public:
  FakeContext();
  OrthancPluginContext* get() { return &context_; }

  // The stand-in for Orthanc's index; the plugin's thread uses it meanwhile.
  void with_orthanc(const std::function<void(FakeOrthanc&)>& use);
  // Returns when a line of the log holds `part`, also one that was logged before.
  void wait_for_log(const std::string& part);
  OrthancPluginErrorCode change(OrthancPluginChangeType type);
  // An image is stored, and Orthanc tells it as it does. `file` is what the plugin may look at meanwhile.
  OrthancPluginErrorCode store(const std::string& orthanc_id, const std::string& file, const std::map<std::string, std::string>& metadata);
  std::uint16_t get_page(const std::string& url);  // as a browser; its HTTP status, 0: an error of the plugin

  std::string configuration;
  std::function<void(const std::string&)> in_call = [](const std::string&) {};  // on the plugin's thread, no lock held
  // What CallRestApi answers instead of the FakeOrthanc's answer.
  std::function<OrthancPluginErrorCode(OrthancPluginMemoryBuffer* body, std::uint16_t* status)> answer;
  OrthancPluginOnChangeCallback on_change = nullptr;
  OrthancPluginOnStoredInstanceCallback on_stored = nullptr;
  OrthancPluginRestCallback rest = nullptr;

 private:
  static OrthancPluginErrorCode invoke(OrthancPluginContext* context, _OrthancPluginService service, const void* params);
  OrthancPluginErrorCode serve(_OrthancPluginService service, const void* params);
  OrthancPluginErrorCode call_rest_api(const void* params);
  static OrthancPluginErrorCode show_instance(_OrthancPluginService service, const void* params);
  OrthancPluginErrorCode get_property(const void* params);
  void log(const char* line);

  OrthancPluginContext context_{};
  std::mutex mutex_;  // guards what follows
  std::condition_variable logged_;
  FakeClock clock_;
  FakeOrthanc orthanc_{clock_};
  std::string log_;
  std::uint16_t status_ = 0;
};

}  // namespace radfm::plugin
