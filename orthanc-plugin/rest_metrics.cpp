// SPDX-License-Identifier: GPL-3.0-or-later
// What RestApi tells Prometheus.
#include "orthanc-plugin/metrics.h"
#include "orthanc-plugin/rest_api.h"

namespace radfm::plugin {

RestResponse RestApi::metrics() const {
  const RestResponse no_queue = error_response(503, "no_queue", "the queue cannot be read; /radfm/api/v1/status says why");
  const auto open = queue_to_open(Access::read);
  if (!open) return no_queue;
  const auto queue = db::open_sqlite_queue(*open, clock_);
  if (!queue) return no_queue;
  const auto status = (*queue)->status();
  const auto tallies = (*queue)->tallies();
  const auto numbers = db::queue_numbers(*open);
  if (!status || !tallies || !numbers) return no_queue;
  return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text({*status, *numbers, *tallies, board_.read(), clock_.wall_ms()}), ""};
}

}  // namespace radfm::plugin
