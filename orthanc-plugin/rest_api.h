// SPDX-License-Identifier: GPL-3.0-or-later
// Answers what rest_routes.h lists, to whom it may be answered. Errors are JSON {"error": {"code", "message"}}, of the pages for people HTML:
//   400 malformed   403 role_needed, foreign_request   404   405   409 wrong state, study_ambiguous, configuration_refused   412 changed_meanwhile
//   413, 414, 431 beyond a limit of rest_request.h   429 too_many_requests   503 no queue, no Orthanc, too_busy (with 429: Retry-After)
// List, job and status carry an ETag, and are answered 304 to whoever has them already (entity_tag.h).
//
// Safe from any thread: each request opens the queue for itself, since a Queue belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "core/study_index.h"
#include "db/queue.h"
#include "orthanc-plugin/configuration_in_force.h"
#include "orthanc-plugin/jobs_query.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/orthanc_api.h"
#include "orthanc-plugin/registered_users.h"
#include "orthanc-plugin/request_gate.h"
#include "orthanc-plugin/rest_request.h"
#include "orthanc-plugin/rest_routes.h"
#include "orthanc-plugin/study_patients.h"

namespace radfm::plugin {

inline constexpr int pending_shown_max = 1'000;
inline constexpr std::int64_t rest_busy_limit_ms =
    3'000;  // a locked database must not hold Orthanc's HTTP threads

class RestApi {
 public:
  // All outlive it.
  RestApi(const NoticeBoard& board, const RegisteredUsers& users, RequestGate& gate, const Clock& clock, OrthancApi& orthanc,
          ConfigurationInForce& configuration)
      : board_(board), users_(users), gate_(gate), clock_(clock), orthanc_(orthanc), configuration_(configuration), patients_(orthanc, clock) {}
  RestResponse answer(const RestRequest& request) const;

 private:
  // A request that may be answered.
  struct Call {
    const RestRequest& request;
    const RouteMatch& match;
    const std::optional<std::string>& user;
  };
  std::optional<RestResponse> refuse(const Call& call) const;
  RestResponse dispatch(const Call& call) const;
  RestResponse jobs(const RestRequest& request) const;
  RestResponse job(const std::string& id) const;
  RestResponse montage(const std::string& id) const;
  RestResponse act_on_job(const std::string& id, const std::string& action, const RestRequest& request, const std::string& actor) const;
  RestResponse withdraw(const std::string& id, const RestRequest& request, const std::string& actor) const;
  RestResponse report_study(const std::string& study_instance_uid, const std::string& body, const std::string& actor) const;
  RestResponse act_on_queue(const std::string& action, const std::string& actor) const;
  RestResponse status(const std::optional<std::string>& user) const;
  RestResponse health() const;
  RestResponse metrics() const;
  RestResponse report(const std::string& sop_instance_uid) const;
  RestResponse study(const std::string& study_instance_uid) const;
  Result<std::vector<db::Job>> jobs_found(db::Queue& queue, JobsQuery query) const;
  Result<StudyIndex> index_of(const std::string& study_instance_uid) const;
  RestResponse rules() const;
  RestResponse test_rules(const std::string& body) const;
  RestResponse reload_rules() const;
  enum class Access { read, write };
  Result<db::OpenQueue> queue_to_open(Access access) const;
  Result<std::unique_ptr<db::Queue>> open_queue(Access access) const;
  void ring_worker() const;

  const NoticeBoard& board_;
  const RegisteredUsers& users_;
  RequestGate& gate_;
  const Clock& clock_;
  OrthancApi& orthanc_;
  ConfigurationInForce& configuration_;
  mutable StudyPatients patients_;  // remembers what Orthanc need not be asked again
  mutable std::mutex index_;        // held while a study's whole index is read for a person: one at a time, tens of megabytes
};

}  // namespace radfm::plugin
