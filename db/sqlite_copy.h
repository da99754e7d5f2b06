// SPDX-License-Identifier: Apache-2.0
// Copies a database page by page beside its users. One thread; throws SqliteFailure.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "db/queue_file.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

inline constexpr std::int64_t node_file_busy_limit_ms = 10'000;  // as OpenQueue::busy_limit_ms

// Into the empty file `to`, which nobody else has open. Afterwards `to` is a whole database in journal mode DELETE, closed, and not
// yet brought to the disk. `writers_are_out`: the caller keeps them out, with a write transaction on another connection.
// transient "backup_outrun".
Result<CopiedQueue> copy_database(const std::filesystem::path& from, const std::filesystem::path& to, const CopyQueue& how,
                                  bool writers_are_out = false);

// Makes <queue>.before-vN, unless it is there. The caller holds the write lock and has changed nothing.
Status keep_before_migration(const std::filesystem::path& queue, std::int64_t present_number, int wanted_number);

// 0640 or what the queue's own mode leaves of it.
mode_t backup_mode(const std::filesystem::path& queue);

}  // namespace radfm::db
