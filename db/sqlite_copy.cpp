// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_copy.h"

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>

#include "db/sqlite_error.h"
#include "db/sqlite_statement.h"
#include "db/sqlite_transaction.h"

namespace radfm::db {
namespace {

// How long writers wait is the machine's business, not the injected clock's.
std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

std::string journal_mode(SqliteConnection& connection) {
  SqliteStatement statement(connection, "PRAGMA journal_mode");
  std::string mode;
  if (statement.step()) statement.read(mode);
  return mode;
}

// Keeps everybody from writing, not from reading, as long as it lives.
class WritersOut {
 public:
  explicit WritersOut(const std::filesystem::path& file)
      : connection_(file.string(), node_file_busy_limit_ms), transaction_(connection_, SqliteTransaction::Kind::write), since_ms_(steady_ms()) {}
  std::int64_t waited_ms() const { return steady_ms() - since_ms_; }

 private:
  SqliteConnection connection_;
  SqliteTransaction transaction_;
  std::int64_t since_ms_;
};

class PageCopy {
 public:
  PageCopy(SqliteConnection& from, SqliteConnection& to) : to_(to), backup_(sqlite3_backup_init(to.handle(), "main", from.handle(), "main")) {
    if (!backup_) throw SqliteFailure(sqlite3_extended_errcode(to.handle()), to.file(), "copying", sqlite3_errmsg(to.handle()));
  }
  // true: there is more.
  bool step(int pages) {
    const int code = sqlite3_backup_step(backup_.get(), pages);
    if (code == SQLITE_DONE) return false;
    if (code != SQLITE_OK) throw SqliteFailure(code, to_.file(), "copying", sqlite3_errstr(code));
    return true;
  }
  std::int64_t left() const { return sqlite3_backup_remaining(backup_.get()); }
  std::int64_t all() const { return sqlite3_backup_pagecount(backup_.get()); }
  void finish() {
    const int code = sqlite3_backup_finish(backup_.release());
    if (code != SQLITE_OK) throw SqliteFailure(code, to_.file(), "copying", sqlite3_errstr(code));
  }

 private:
  struct Finish {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
  };
  SqliteConnection& to_;
  std::unique_ptr<sqlite3_backup, Finish> backup_;
};

Error outrun(const std::filesystem::path& queue, const CopyQueue& how) {
  return transient_error("backup_outrun", "queue database " + queue.string() + ": it was written " + std::to_string(how.restarts_max) +
                                              " times while it was copied, and is too large to be copied within " +
                                              std::to_string(how.writers_wait_ms_max) +
                                              " ms without writers; nothing was kept. Copy it when less is done, or between `radfmctl "
                                              "queue pause` and `resume` once the job in work has ended");
}

Result<CopiedQueue> copy_pages(const std::filesystem::path& queue, SqliteConnection& from, SqliteConnection& to, const CopyQueue& how,
                               bool never_disturbed) {
  CopiedQueue copied;
  std::optional<WritersOut> writers_out;
  PageCopy copy(from, to);
  std::int64_t left_before = -1;
  while (copy.step(how.pages_per_step)) {
    // A step that gained nothing began anew, because somebody wrote.
    if (left_before >= 0 && copy.left() >= left_before) ++copied.restarts;
    left_before = copy.left();
    if (writers_out && writers_out->waited_ms() >= how.writers_wait_ms_max) return outrun(queue, how);
    if (!writers_out && !never_disturbed && copied.restarts >= how.restarts_max) writers_out.emplace(queue);
    if (how.progress) how.progress(copy.all() - copy.left(), copy.all());
  }
  copied.pages = copy.all();
  copy.finish();
  if (writers_out) copied.writers_waited_ms = writers_out->waited_ms();
  return copied;
}

}  // namespace

Result<CopiedQueue> copy_database(const std::filesystem::path& from, const std::filesystem::path& to, const CopyQueue& how,
                                  bool writers_are_out) {
  SqliteConnection source(from.string(), node_file_busy_limit_ms), copy(to.string(), node_file_busy_limit_ms);
  // Nothing of it counts before it is whole: a journal of it would be of no use, and it is brought to the disk at the end.
  copy.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  std::optional<SqliteTransaction> snapshot;
  const bool wal = journal_mode(source) == "wal";
  if (wal) {
    snapshot.emplace(source, SqliteTransaction::Kind::read);
    SqliteStatement(source, "SELECT COUNT(*) FROM sqlite_schema").run();  // the snapshot is taken by the first look
  }
  Result<CopiedQueue> copied = copy_pages(from, source, copy, how, wal || writers_are_out);
  snapshot.reset();
  if (!copied) return copied;
  // What is in its journal would be lost with the journal's name.
  SqliteStatement(copy, "PRAGMA journal_mode = DELETE").run();
  if (journal_mode(copy) != "delete") throw SqliteFailure(SQLITE_IOERR, to.string(), "ending the journal of the copy", "it stayed");
  return copied;
}

}  // namespace radfm::db
