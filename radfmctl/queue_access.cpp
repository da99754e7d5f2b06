// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/queue_access.h"

#include <pwd.h>
#include <unistd.h>

#include <charconv>

#include "db/audit_trail.h"
#include "db/queue_file.h"

namespace radfm::ctl {

db::OpenQueue nodes_queue_file(const Configuration& configuration) {
  db::OpenQueue open;
  open.path = configuration.database.path;
  open.settings = configuration.queue;
  open.create = false;
  open.pages_max = db::file_pages_max(configuration.database);
  return open;
}

Result<std::unique_ptr<db::Queue>> open_nodes_queue(const Configuration& configuration, const Clock& clock) {
  return db::open_sqlite_queue(nodes_queue_file(configuration), clock);
}

void note_view(const Configuration& configuration, db::JobId job, const Clock& clock) {
  const Result<std::unique_ptr<db::AuditTrail>> trail = db::AuditTrail::open(nodes_queue_file(configuration), clock);
  if (trail) [[maybe_unused]] const Status noted = (*trail)->record({{"viewed", "job", actor(), job}});
}

std::string actor() {
  const passwd* user = ::getpwuid(::getuid());
  return std::string("administrator:") + (user != nullptr ? user->pw_name : std::to_string(::getuid()));
}

std::optional<db::JobId> parse_job_id(const std::string& text) {
  db::JobId id = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace radfm::ctl
