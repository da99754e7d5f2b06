// SPDX-License-Identifier: Apache-2.0
// How large the file may become: who may still write when it is nearly full (db/queue_file.h).
#include "db/queue_file.h"
#include "db/sqlite_queue.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

constexpr std::int64_t megabyte = std::int64_t{1} << 20;
constexpr std::int64_t pages_of_a_row = 4;  // what a change touches beside its bytes: indexes, an event

}  // namespace

std::int64_t file_pages_max(const DatabaseSettings& settings) { return settings.file_mb_max * (megabyte / page_bytes); }

Error SqliteQueue::limit_reached() const {
  return transient_error("disk_full", "queue database " + connection_->file() + ": it has reached database.file_mb_max (" +
                                          std::to_string(pages_max_ * page_bytes / megabyte) +
                                          " MB), and what is kept free is for jobs in work. Raise it, or lower queue.keep_results_days: "
                                          "the worker then removes older results; after that it goes on by itself");
}

Status SqliteQueue::require_room(std::size_t bytes, int sixteenths) {
  if (pages_max_ == 0) return {};
  const std::int64_t used = number_of(*connection_, "PRAGMA page_count") - number_of(*connection_, "PRAGMA freelist_count");
  const std::int64_t needed = static_cast<std::int64_t>(bytes) / page_bytes + pages_of_a_row;
  return used + needed <= pages_max_ * sixteenths / 16 ? Status() : Status(limit_reached());
}

// SQLite calls both full: the disk, and the file at its limit. At its limit the file has about as many pages as it may have.
Error SqliteQueue::in_words(const SqliteFailure& failure) {
  if (failure.error().code != "disk_full" || pages_max_ == 0) return failure.error();
  try {
    if (number_of(*connection_, "PRAGMA page_count") > pages_max_ * sixteenths_for_results / 16) return limit_reached();
  } catch (const SqliteFailure&) {
    // What was met first is what counts.
  }
  return failure.error();
}

}  // namespace radfm::db
