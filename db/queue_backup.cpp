// SPDX-License-Identifier: Apache-2.0
// Copies that are kept: an administrator's backup, and the one before a migration.
#include <sys/stat.h>

#include <cerrno>

#include "core/log.h"
#include "db/new_file.h"
#include "db/queue_file.h"
#include "db/queue_presence.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_error.h"
#include "db/sqlite_file_check.h"
#include "db/sqlite_schema.h"

namespace radfm::db {
namespace {

// Another program's file is no backup of a queue.
Status require_our_queue(const std::filesystem::path& queue) {
  SqliteConnection connection(queue.string(), node_file_busy_limit_ms);
  return check_owner(connection);
}

}  // namespace

mode_t backup_mode(const std::filesystem::path& queue) {
  struct stat facts {};
  return ::stat(queue.c_str(), &facts) == 0 ? facts.st_mode & static_cast<mode_t>(backup_mode_max) : mode_t{0600};
}

std::filesystem::path copy_before_migration(const std::filesystem::path& queue, int schema_number) {
  std::filesystem::path copy = queue;
  return copy += ".before-v" + std::to_string(schema_number);
}

Status keep_before_migration(const std::filesystem::path& queue, std::int64_t present_number, int wanted_number) {
  const std::filesystem::path target = copy_before_migration(queue, wanted_number);
  const std::string change = "queue database " + queue.string() + ": its schema goes from number " + std::to_string(present_number) +
                             " to " + std::to_string(wanted_number) + "; ";
  std::error_code error;
  if (std::filesystem::exists(target, error)) {
    log_line(LogLevel::warning, "queue", change + target.string() + " is there from an earlier time and is kept as it is");
    return {};
  }
  Result<NewFile> file = NewFile::beside(target);
  if (!file) return file.error();
  if (Result<CopiedQueue> copied = copy_database(queue, file->path(), {}, true); !copied) return copied.error();
  if (Status whole = require_whole(file->path()); !whole) return whole;
  if (Status placed = file->put_in_place({backup_mode(queue)}, IfThere::refuse); !placed) return placed;
  log_line(LogLevel::info, "queue", change + "as it was before it is kept in " + target.string());
  return {};
}

Result<CopiedQueue> back_up_queue(const std::filesystem::path& queue, const std::filesystem::path& target, const CopyQueue& how) {
  std::error_code error;
  if (!how.replace && std::filesystem::exists(std::filesystem::symlink_status(target, error))) {
    return file_error(target, "making a backup", EEXIST);
  }
  if (std::filesystem::equivalent(queue, target, error)) return permanent_error("file_exists", target.string() + ": this is the queue itself");
  try {
    Result<QueuePresence> presence = QueuePresence::of(queue, QueuePresence::Kind::if_there_is_one);
    if (!presence) return presence.error();
    if (Status ours = require_our_queue(queue); !ours) return ours.error();
    Result<NewFile> file = NewFile::beside(target);
    if (!file) return file.error();
    const Result<CopiedQueue> copied = copy_database(queue, file->path(), how);
    if (!copied) return copied;
    if (Status whole = require_whole(file->path()); !whole) return whole.error();
    if (Status placed = file->put_in_place({backup_mode(queue)}, how.replace ? IfThere::replace : IfThere::refuse); !placed) return placed.error();
    return copied;
  } catch (const SqliteFailure& failure) {
    return failure.error();
  }
}

}  // namespace radfm::db
