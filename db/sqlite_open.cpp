// SPDX-License-Identifier: Apache-2.0
// Opening the queue's file: who may use it, which journal it keeps, whether its schema is ours.
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/log.h"
#include "db/queue_presence.h"
#include "db/sqlite_copy.h"
#include "db/sqlite_open.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_schema.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

constexpr mode_t file_mode = 0660;  // plugin and worker are different users of one group

// Versions in which a write and a checkpoint at the same time cannot corrupt a WAL database ("WAL-reset": broken from
// 3.7.0 to 3.51.2; repaired in 3.51.3 and in the branches 3.50.7 and 3.44.6).
bool wal_is_safe(int version) {
  return version >= 3'051'003 || (version >= 3'050'007 && version < 3'051'000) || (version >= 3'044'006 && version < 3'045'000);
}

Error unavailable(const std::filesystem::path& path, const std::string& why) {
  return transient_error("database_unavailable", "queue database " + path.string() + ": " + why);
}

Error from_errno(const std::filesystem::path& path, int number) {
  if (number == ENOSPC || number == EDQUOT) {
    return transient_error("disk_full", "queue database " + path.string() + ": the disk is full; free space, then it goes on by itself");
  }
  if (number == EACCES || number == EPERM || number == EROFS) {
    return unavailable(path, "this user may not write it; file and folder must be writable by the group that plugin and worker share");
  }
  return unavailable(path, std::strerror(number));
}

// Journals get the mode of the file that they belong to, so it is set once, here, against whatever umask there is.
Status make_file(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
  if (file < 0) return errno == EEXIST ? Status() : Status(from_errno(path, errno));
  const int changed = ::fchmod(file, file_mode);
  const int number = errno;
  ::close(file);
  // Who has used a queue here before should know that it is another one now.
  std::error_code error;
  if (std::filesystem::exists(presence_file(path), error)) {
    log_line(LogLevel::warning, "queue", path.string() + ": the queue that was here is gone; a new one is made, without open jobs and history");
  }
  return changed == 0 ? Status() : Status(from_errno(path, number));
}

Status check_folder(const std::filesystem::path& path, bool read_only) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code error;
  const bool there = std::filesystem::is_directory(folder, error);
  if (error == std::errc::permission_denied) return unavailable(path, "this user may not look into the folders above it");
  if (!there) {
    return unavailable(path, "its folder does not exist; make it, owned by the group that plugin and worker share");
  }
  if (::access(folder.c_str(), read_only ? X_OK : (W_OK | X_OK)) != 0) {
    return unavailable(path, "this user may not write its folder; SQLite keeps its journal there");
  }
  return {};
}

Status check_file(const std::filesystem::path& path, bool read_only) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) {
    return errno == ENOENT ? Status(unavailable(path, "there is no such file; the worker or the plugin makes it when it starts"))
                           : Status(from_errno(path, errno));
  }
  if (!S_ISREG(facts.st_mode)) return permanent_error("database_broken", "queue database " + path.string() + ": this is no file");
  if (::access(path.c_str(), read_only ? R_OK : (R_OK | W_OK)) != 0) {
    return unavailable(path, std::string("this user may not ") + (read_only ? "read" : "write") +
                                 " it; it must be writable by the group that plugin and worker share");
  }
  return {};
}

void set_journal(SqliteConnection& connection, const OpenQueue& open) {
  const bool wal = open.journal == OpenQueue::Journal::wal ||
                   (open.journal == OpenQueue::Journal::by_sqlite_version && wal_is_safe(sqlite3_libversion_number()));
  const std::string wanted = wal ? "wal" : "truncate";
  SqliteStatement statement(connection, "PRAGMA journal_mode = " + wanted);
  std::string now;
  if (statement.step()) statement.read(now);
  // Leaving WAL needs the file to ourselves; another program still has it open in the other mode.
  if (now != wanted) throw SqliteFailure(SQLITE_BUSY, open.path.string(), "setting journal_mode " + wanted, ("it stayed " + now).c_str());
}

Result<OpenedFile> connect(const OpenQueue& open) {
  using Kind = QueuePresence::Kind;
  Result<QueuePresence> presence = QueuePresence::of(open.path, open.create && !open.read_only ? Kind::beside_others : Kind::if_there_is_one);
  if (!presence) return presence.error();
  auto connection = std::make_unique<SqliteConnection>(open.path.string(), open.busy_limit_ms);
  connection->start_waiting();
  // A view or trigger in the file may call nothing but plain functions.
  connection->execute("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
  if (open.read_only) {
    if (Status checked = check_schema(*connection); !checked) return checked.error();
    connection->execute("PRAGMA query_only = ON");
  } else {
    set_journal(*connection, open);
    if (open.pages_max > 0) connection->execute("PRAGMA max_page_count = " + std::to_string(open.pages_max));
    const BeforeMigration keep_copy = [&](std::int64_t present, int wanted) { return keep_before_migration(open.path, present, wanted); };
    if (Status upgraded = bring_up_to_date(*connection, keep_copy); !upgraded) return upgraded.error();
  }
  return OpenedFile{std::move(presence).value(), std::move(connection)};
}

}  // namespace

Result<OpenedFile> open_connection(const OpenQueue& open) {
  if (Status folder = check_folder(open.path, open.read_only); !folder) return folder.error();
  if (open.create && !open.read_only) {
    if (Status made = make_file(open.path); !made) return made.error();
  }
  if (Status file = check_file(open.path, open.read_only); !file) return file.error();
  try {
    return connect(open);
  } catch (const SqliteFailure& failure) {
    return failure.error();
  }
}

Result<std::unique_ptr<Queue>> open_sqlite_queue(const OpenQueue& open, const Clock& clock) {
  Result<OpenedFile> file = open_connection(open);
  if (!file) return file.error();
  return std::unique_ptr<Queue>(std::make_unique<SqliteQueue>(std::move(file->presence), std::move(file->connection), open, clock));
}

}  // namespace radfm::db
