// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin serves below /radfm, under Orthanc's own port, users and TLS. The router goes by this table and by nothing else: what does
// not stand here is not there, and nothing is answered without the role that stands beside it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orthanc-plugin/access_roles.h"
#include "orthanc-plugin/request_gate.h"

namespace radfm::plugin {

enum class Endpoint {
  page,
  page_file,
  openapi,
  health,
  metrics,
  report,
  study,
  status,
  jobs,
  job,
  montage,
  job_action,
  withdraw,
  study_report,
  queue_action,
  rules,
  rules_test,
  rules_reload
};

struct RestRoute {
  const char* method;
  const char* path;  // {id} stands for one part
  Role role;
  Cost cost;
  Endpoint endpoint;
};

inline constexpr RestRoute rest_routes[] = {
    // The page itself is the same for everybody: what it shows, it asks for below api.
    {"GET", "/radfm", Role::anybody, Cost::small, Endpoint::page},
    {"GET", "/radfm/page/{name}", Role::anybody, Cost::small, Endpoint::page_file},  // page_files.h
    // For programs that watch the node: numbers and states, no study.
    {"GET", "/radfm/health", Role::anybody, Cost::small, Endpoint::health},    // 200 or 503
    {"GET", "/radfm/metrics", Role::anybody, Cost::small, Endpoint::metrics},  // Prometheus
    {"GET", "/radfm/api/v1/openapi.json", Role::anybody, Cost::small, Endpoint::openapi},  // of all of this
    {"GET", "/radfm/report/{uid}", Role::read, Cost::list, Endpoint::report},  // one draft by its SOP Instance UID
    {"GET", "/radfm/study/{uid}", Role::read, Cost::list, Endpoint::study},    // of one study; a button in Orthanc Explorer leads here
    {"GET", "/radfm/api/v1/status", Role::read, Cost::small, Endpoint::status},  // queue, worker, plugin, mistakes, pending studies
    {"GET", "/radfm/api/v1/jobs", Role::read, Cost::list, Endpoint::jobs},       // ?state=&find=&patients=1 and others: jobs_query.h
    {"GET", "/radfm/api/v1/jobs/{id}", Role::read, Cost::small, Endpoint::job},  // with events, attempts, report text
    {"GET", "/radfm/api/v1/jobs/{id}/montage.png", Role::read, Cost::small, Endpoint::montage},  // what the model was shown
    // Each act with If-Match is done only while the job is the version that was shown (entity_tag.h).
    {"POST", "/radfm/api/v1/jobs/{id}/retry", Role::operate, Cost::change, Endpoint::job_action},
    {"POST", "/radfm/api/v1/jobs/{id}/release", Role::operate, Cost::change, Endpoint::job_action},
    {"POST", "/radfm/api/v1/jobs/{id}/rerun", Role::operate, Cost::change, Endpoint::job_action},
    {"POST", "/radfm/api/v1/jobs/{id}/cancel", Role::operate, Cost::change, Endpoint::job_action},
    {"POST", "/radfm/api/v1/jobs/{id}/rush", Role::operate, Cost::change, Endpoint::job_action},
    // Body {"reason", "why"} (withdrawal_request.h).
    {"POST", "/radfm/api/v1/jobs/{id}/withdraw", Role::administer, Cost::change, Endpoint::withdraw},
    // "Report this study", however old it is.
    {"POST", "/radfm/api/v1/studies/{uid}/report", Role::operate, Cost::change, Endpoint::study_report},
    {"POST", "/radfm/api/v1/pause", Role::administer, Cost::change, Endpoint::queue_action},
    {"POST", "/radfm/api/v1/resume", Role::administer, Cost::change, Endpoint::queue_action},
    {"GET", "/radfm/api/v1/rules", Role::read, Cost::small, Endpoint::rules},  // in force, since when, and what was refused
    // Body {"study"}: which rule takes a study that Orthanc has, and why the others do not. Changes nothing; its body needs a POST.
    {"POST", "/radfm/api/v1/rules/test", Role::read, Cost::index, Endpoint::rules_test},
    {"POST", "/radfm/api/v1/rules/reload", Role::administer, Cost::change, Endpoint::rules_reload},
};

struct RouteMatch {
  const RestRoute* route = nullptr;   // nothing: see `allow`
  std::vector<std::string> parts;     // what stood for the parts in braces
  std::string last;                   // the last part of the path
  std::string allow;                  // the methods of that path; empty: there is no such path
};
// Slashes at the end and doubled ones mean nothing.
RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace radfm::plugin
