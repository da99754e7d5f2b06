// SPDX-License-Identifier: GPL-3.0-or-later
// The four functions that Orthanc calls, and the callbacks that they register. Each extern "C" function has
// exactly one catch-all; nothing here waits, asks Orthanc or opens the queue on a thread of Orthanc's but for
// a REST answer. What Orthanc calls while it stores succeeds without memory: an image is not remembered then. One thing
// no catch-all can hold: a value of nlohmann::json allocates when it is destroyed, so a process whose limit of memory
// makes small allocations fail (RLIMIT_AS; a cgroup kills instead) may end there, on our thread or in a page. answer_bytes_max bounds how much it needs.
#include <orthanc/OrthancCPlugin.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/log.h"
#include "orthanc-plugin/alert_desk.h"
#include "orthanc-plugin/alert_ways.h"
#include "orthanc-plugin/arrivals.h"
#include "orthanc-plugin/audit_desk.h"
#include "orthanc-plugin/configuration_in_force.h"
#include "orthanc-plugin/courteous_orthanc_api.h"
#include "orthanc-plugin/curl_transfer.h"
#include "orthanc-plugin/give_way.h"
#include "orthanc-plugin/node_thread.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/orthanc_settings.h"
#include "orthanc-plugin/page_files.h"
#include "orthanc-plugin/percent_encoding.h"
#include "orthanc-plugin/plugin_node.h"
#include "orthanc-plugin/plugin_orthanc_api.h"
#include "orthanc-plugin/rest_api.h"

namespace radfm::plugin {
namespace {

// Everything that the plugin owns, from OrthancPluginInitialize to OrthancPluginFinalize.
struct Plugin {
  explicit Plugin(OrthancPluginContext* orthanc)
      : context(orthanc), orthanc_api(orthanc), rest(board, users, gate, clock, orthanc_api, configuration), audit(board, clock),
        alerts(board, clock, own_host_name(),
               [this](const AlertSettings& settings, const Alert& alert, const AlertFrame& frame) {
                 return tell_by_webhook(settings, alert, frame, no_more_alerts);
               },
               [this](const AlertSettings& settings, const Alert& alert, const AlertFrame& frame) {
                 return tell_by_mail(settings, alert, frame, no_more_alerts);
               }) {}
  OrthancPluginContext* context;
  SystemClock clock;
  NoticeBoard board;
  ConfigurationInForce configuration{board, clock};
  PluginOrthancApi orthanc_api;
  CourteousOrthancApi courteous_orthanc{orthanc_api};  // the node's: people at the page do not wait
  RegisteredUsers users;
  RequestGate gate;
  RestApi rest;
  AuditDesk audit;
  CurlLibrary curl;
  std::atomic<bool> no_more_alerts{false};  // Orthanc stops
  AlertDesk alerts;
  std::int64_t stable_age_ms = 0;
  GiveWay give_way{clock};
  Arrivals arrivals;
  std::unique_ptr<PluginNode> node;    // from OrthancStarted on
  std::unique_ptr<NodeThread> thread;  // uses the node: goes first
  std::unique_ptr<NodeThread> audit_thread, alert_thread;
  bool started = false;                // between OrthancStarted and OrthancStopped
};

// The one global: Orthanc's C interface hands no pointer of ours to its callbacks. Set before they are
// registered and cleared when Orthanc calls none of them any more.
Plugin* plugin = nullptr;

void log_to_orthanc(LogLevel level, const std::string& line) {
  if (plugin == nullptr) return;
  switch (level) {
    case LogLevel::error:
      OrthancPluginLogError(plugin->context, line.c_str());
      break;
    case LogLevel::warning:
      OrthancPluginLogWarning(plugin->context, line.c_str());
      break;
    case LogLevel::info:
    case LogLevel::debug:
      OrthancPluginLogInfo(plugin->context, line.c_str());
      break;
  }
}

// A string of Orthanc's, copied and given back.
std::string take_string(OrthancPluginContext* context, char* text) {
  if (text == nullptr) return {};
  std::string copy(text);
  OrthancPluginFreeString(context, text);
  return copy;
}

void read_settings(Plugin& self) {
  OrthancSettings settings =
      read_orthanc_settings(take_string(self.context, OrthancPluginGetConfiguration(self.context)));
  if (std::string advice = advise_on_environment(std::getenv("TCP_NODELAY")); !advice.empty())
    settings.advice.push_back(std::move(advice));
  for (const std::string& advice : settings.advice) log_line(LogLevel::warning, "plugin", advice);
  self.stable_age_ms = settings.stable_age_ms;
  self.users = RegisteredUsers(settings.users);
  self.gate.limit_inside(requests_inside_of(settings.http_threads));
  self.board.update([&](Notices& notices) {
    notices.advice = std::move(settings.advice);
    notices.orthanc_users = self.users.names();
    notices.passwords_asked = settings.passwords_asked;
    if (!settings.configuration_name.empty())
      notices.configuration_file =
          locate_configuration(settings.configuration_name,
                               take_string(self.context, OrthancPluginGetConfigurationPath(self.context)));
  });
}

std::chrono::milliseconds step(Plugin& self) {
  if (const auto wait = self.give_way.wait_before_round(); wait.count() > 0) return wait;
  const auto wait = self.node->step();
  self.give_way.round_ended(wait);
  return wait;
}

void start(Plugin& self) {
  if (self.thread) return;
  self.node = std::make_unique<PluginNode>(self.courteous_orthanc, self.arrivals, self.clock, self.board, self.configuration, self.stable_age_ms);
  if (!self.audit_thread) self.audit_thread = std::make_unique<NodeThread>([&self] { return self.audit.write_down(); });
  self.no_more_alerts = false;
  if (!self.alert_thread) self.alert_thread = std::make_unique<NodeThread>([&self] { return self.alerts.step(); });
  self.thread = std::make_unique<NodeThread>([&self] { return step(self); }, [&self] { self.node->end(); });
}

void stop(Plugin& self) {
  self.no_more_alerts = true;
  self.alert_thread.reset();
  if (self.audit_thread) {
    self.audit_thread.reset();
    self.audit.stopping();
  }
  self.thread.reset();
  self.node.reset();
}

// Orthanc calls it one at a time, from its own threads, while others store. Only StableStudy rings: what an image adds
// is in Orthanc's list, and the next round takes thousands of them together; a bell for each would be work for nothing.
OrthancPluginErrorCode on_change(OrthancPluginChangeType type, OrthancPluginResourceType, const char*) {
  switch (type) {
    case OrthancPluginChangeType_OrthancStarted:
      plugin->started = true;
      start(*plugin);
      break;
    case OrthancPluginChangeType_OrthancStopped:
      plugin->started = false;
      stop(*plugin);
      break;
    case OrthancPluginChangeType_StableStudy:
      if (plugin->started) start(*plugin);  // again, when there was no memory or no thread for it before
      if (plugin->thread) plugin->thread->ring();
      break;
    case OrthancPluginChangeType_NewInstance:
      plugin->give_way.arrived();
      break;
    default:
      break;
  }
  return OrthancPluginErrorCode_Success;
}

// The instance's own text; empty: Orthanc wrote no such thing down.
std::string_view metadata_of(OrthancPluginContext* context, const OrthancPluginDicomInstance* instance, const char* name) {
  if (OrthancPluginHasInstanceMetadata(context, instance, name) != 1) return {};
  const char* const text = OrthancPluginGetInstanceMetadata(context, instance, name);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// Orthanc calls it after each image that it stored, from the thread that stores, others waiting meanwhile. None of these questions
// makes Orthanc look anywhere but into its memory.
void on_stored_instance(const OrthancPluginDicomInstance* instance, const char* orthanc_id) {
  OrthancPluginContext* const context = plugin->context;
  const auto* const file = static_cast<const std::uint8_t*>(OrthancPluginGetInstanceData(context, instance));
  const std::int64_t bytes = OrthancPluginGetInstanceSize(context, instance);
  if (file == nullptr || bytes <= 0 || orthanc_id == nullptr) return;
  plugin->arrivals.remember(orthanc_id, {file, static_cast<std::size_t>(bytes)},
                            {metadata_of(context, instance, "SopClassUid"), metadata_of(context, instance, "RemoteAET"),
                             metadata_of(context, instance, "CalledAET")});
}

const char* name_of(OrthancPluginHttpMethod method) {
  switch (method) {
    case OrthancPluginHttpMethod_Get:
      return "GET";
    case OrthancPluginHttpMethod_Post:
      return "POST";
    case OrthancPluginHttpMethod_Put:
      return "PUT";
    case OrthancPluginHttpMethod_Delete:
      return "DELETE";
    default:
      return "";
  }
}

RestRequest request_of(const char* url, const OrthancPluginHttpRequest& from) {
  RestRequest request;
  request.method = name_of(from.method);
  request.path = url;
  for (std::uint32_t i = 0; i < from.getCount; ++i)
    request.query[percent_decoded(from.getKeys[i])] = percent_decoded(from.getValues[i]);
  for (std::uint32_t i = 0; i < from.headersCount; ++i)
    request.headers[from.headersKeys[i]] = from.headersValues[i];
  const std::size_t kept = std::min<std::size_t>(from.bodySize, request_body_bytes_max + 1);
  if (from.method == OrthancPluginHttpMethod_Post && from.body != nullptr)
    request.body.assign(static_cast<const char*>(from.body), kept);
  return request;
}

void send(OrthancPluginContext* context, OrthancPluginRestOutput* output, const RestResponse& response) {
  for (const auto& [name, value] : security_headers())
    OrthancPluginSetHttpHeader(context, output, name.c_str(), value.c_str());
  if (!response.etag.empty()) OrthancPluginSetHttpHeader(context, output, "ETag", response.etag.c_str());
  const auto size = static_cast<std::uint32_t>(response.body.size());
  if (response.status == 200) {
    OrthancPluginAnswerBuffer(context, output, response.body.data(), size, response.content_type.c_str());
    return;
  }
  if (response.status == 405) {  // Orthanc refuses this status by the way below; this one sends no body
    OrthancPluginSendMethodNotAllowed(context, output, response.allow.c_str());
    return;
  }
  if (!response.content_type.empty()) OrthancPluginSetHttpHeader(context, output, "Content-Type", response.content_type.c_str());
  if (response.retry_after_s > 0)
    OrthancPluginSetHttpHeader(context, output, "Retry-After", std::to_string(response.retry_after_s).c_str());
  OrthancPluginSendHttpStatus(context, output, static_cast<std::uint16_t>(status_for_orthanc(response.status)),
                              response.body.data(), size);
}

}  // namespace
}  // namespace radfm::plugin

using radfm::log_line;
using radfm::LogLevel;
namespace here = radfm::plugin;

extern "C" {

static OrthancPluginErrorCode radfm_on_change(OrthancPluginChangeType type, OrthancPluginResourceType level,
                                              const char* resource) {
  try {
    return here::on_change(type, level, resource);
  } catch (...) {
    return OrthancPluginErrorCode_Plugin;  // Orthanc logs it and goes on
  }
}

static OrthancPluginErrorCode radfm_on_stored_instance(const OrthancPluginDicomInstance* instance, const char* orthanc_id) {
  try {
    here::on_stored_instance(instance, orthanc_id);
  } catch (...) {
    // Orthanc has it; we ask later.
  }
  return OrthancPluginErrorCode_Success;
}

static OrthancPluginErrorCode radfm_rest(OrthancPluginRestOutput* output, const char* url,
                                         const OrthancPluginHttpRequest* request) {
  try {
    const here::RestRequest asked = here::request_of(url, *request);
    const here::RestResponse answer = here::plugin->rest.answer(asked);
    here::plugin->audit.saw(asked, answer, here::actor_named(here::plugin->users.user_of(asked)));
    here::send(here::plugin->context, output, answer);
    return OrthancPluginErrorCode_Success;
  } catch (...) {
    return OrthancPluginErrorCode_Plugin;
  }
}

// Returns 0 whatever our own configuration is like: another value would keep Orthanc from starting.
__attribute__((visibility("default"))) int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
  try {
    here::plugin = new here::Plugin(context);
    radfm::set_log_sink(&here::log_to_orthanc);
    if (OrthancPluginCheckVersion(context) == 0)
      log_line(LogLevel::error, "plugin",
               "this Orthanc is older than 1.10.1, for which the plugin is made: update Orthanc");
    OrthancPluginSetDescription(context, "Draft reports by RadFM: queue, status and drafts.");
    OrthancPluginSetRootUri(context, "/radfm/");
    here::read_settings(*here::plugin);
    OrthancPluginRegisterOnChangeCallback(context, &radfm_on_change);
    OrthancPluginRegisterOnStoredInstanceCallback(context, &radfm_on_stored_instance);
    OrthancPluginRegisterRestCallbackNoLock(context, "/radfm(/.*)?", &radfm_rest);
    OrthancPluginExtendOrthancExplorer(context, std::string(radfm::plugin::page_explorer).c_str());
  } catch (...) {
    OrthancPluginLogError(context, "radfm: the plugin could not start; Orthanc goes on without it");
  }
  return 0;
}

__attribute__((visibility("default"))) void OrthancPluginFinalize() {
  try {
    if (here::plugin != nullptr) here::stop(*here::plugin);
    radfm::set_log_sink(nullptr);
    delete here::plugin;
    here::plugin = nullptr;
  } catch (...) {
    here::plugin = nullptr;
  }
}

__attribute__((visibility("default"))) const char* OrthancPluginGetName() {
  return "radfm";
}
__attribute__((visibility("default"))) const char* OrthancPluginGetVersion() {
  return RADFM_VERSION;
}

}  // extern "C"
