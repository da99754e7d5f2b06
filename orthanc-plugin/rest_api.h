// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin serves below /radfm, under Orthanc's own port, users and TLS:
//   GET  /radfm/                                   the page (page.css, page.js, withdraw.js beside it)
//   GET  /radfm/report/{SOP Instance UID}          one draft as a page
//   GET  /radfm/study/{Study Instance UID}         what there is of one study; a button in Orthanc Explorer leads here
//   GET  /radfm/metrics                            Prometheus
//   GET  /radfm/api/v1/status                      queue, worker, plugin, mistakes, pending studies
//   GET  /radfm/api/v1/jobs?state=&study=&limit=&before=
//   GET  /radfm/api/v1/jobs/{id}                   with events, attempts, report text
//   GET  /radfm/api/v1/jobs/{id}/montage.png       what the model was shown, made by the worker; 404 when there is none
//   POST /radfm/api/v1/jobs/{id}/{retry|release|rerun|cancel|rush}
//   POST /radfm/api/v1/jobs/{id}/withdraw          body {"reason", "why"} (withdrawal_request.h): the draft is taken back
//   POST /radfm/api/v1/{pause|resume}
// Errors are JSON {"error": {"code", "message"}}: 400 malformed, 403 foreign POST, 404, 405, 409 wrong state,
// 503 no queue.
//
// Safe from any thread: each request opens the queue for itself, since a Queue belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "db/queue.h"
#include "orthanc-plugin/notice_board.h"
#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {

inline constexpr int jobs_per_answer_max = db::list_limit_max;
inline constexpr int jobs_per_answer_default = 200;
inline constexpr int pending_shown_max = 1'000;
inline constexpr std::int64_t rest_busy_limit_ms =
    3'000;  // a locked database must not hold Orthanc's HTTP threads

class RestApi {
 public:
  RestApi(const NoticeBoard& board, const Clock& clock) : board_(board), clock_(clock) {}
  RestResponse answer(const RestRequest& request) const;

 private:
  using Path = std::vector<std::string>;
  RestResponse answer_get(const RestRequest& request, const Path& path) const;
  RestResponse answer_post(const RestRequest& request, const Path& path) const;
  RestResponse jobs(const RestRequest& request) const;
  RestResponse job(const std::string& id) const;
  RestResponse montage(const std::string& id) const;
  RestResponse act_on_job(const std::string& id, const std::string& action, const std::string& actor) const;
  RestResponse withdraw(const std::string& id, const RestRequest& request) const;
  RestResponse act_on_queue(const std::string& action, const std::string& actor) const;
  RestResponse status() const;
  RestResponse metrics() const;
  RestResponse report(const std::string& sop_instance_uid) const;
  RestResponse study(const std::string& study_instance_uid) const;
  enum class Access { read, write };
  Result<std::unique_ptr<db::Queue>> open_queue(Access access) const;
  void ring_worker() const;

  const NoticeBoard& board_;
  const Clock& clock_;
};

}  // namespace radfm::plugin
