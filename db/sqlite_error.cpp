// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_error.h"

#include <sqlite3.h>

namespace radfm::db {

Error sqlite_error(int extended_code, const std::string& file, std::string_view doing, std::string_view sqlite_message) {
  const std::string about = "queue database " + file + ": " + std::string(doing) + ": ";
  const std::string said = " (SQLite: " + std::string(sqlite_message) + ", code " + std::to_string(extended_code) + ")";
  switch (extended_code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return transient_error("database_busy",
                             about + "another program keeps it locked; it is tried again. If this stays, look for a program "
                                     "that holds the file open (fuser)" + said);
    case SQLITE_FULL:
      return transient_error("disk_full", about + "the disk is full; free space, then it goes on by itself" + said);
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return permanent_error("database_broken",
                             about + "the file is damaged or not an SQLite database; stop radfm-worker and Orthanc, then `radfmctl queue "
                                     "restore BACKUP`. Without a backup move it away: the next start makes a new queue" + said);
    case SQLITE_READONLY:
      if (extended_code == SQLITE_READONLY) {
        return permanent_error("read_only", about + "the file may only be read; its owner and group must be able to write" + said);
      }
      [[fallthrough]];
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return transient_error("database_unavailable",
                             about + "it cannot be opened; check that the folder exists and that this user may write the folder "
                                     "and the file" + said);
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return transient_error("database_unavailable", about + "reading or writing failed; check the disk" + said);
    case SQLITE_TOOBIG:
      return permanent_error("object_too_big", about + "a value is larger than the database can hold" + said);
    case SQLITE_CONSTRAINT:
      return permanent_error("queue_constraint", about + "the change would break a rule of the queue; nothing was written" + said);
    default:
      return permanent_error("queue_statement", about + "a statement of this program failed; please report it" + said);
  }
}

SqliteFailure::SqliteFailure(int extended_code, const std::string& file, std::string_view doing, const char* sqlite_message)
    : error_(sqlite_error(extended_code, file, doing, sqlite_message == nullptr ? "no message" : sqlite_message)),
      busy_((extended_code & 0xff) == SQLITE_BUSY || (extended_code & 0xff) == SQLITE_LOCKED),
      constraint_((extended_code & 0xff) == SQLITE_CONSTRAINT) {}

}  // namespace radfm::db
