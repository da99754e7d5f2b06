// SPDX-License-Identifier: Apache-2.0
// What SQLite finds wrong in a file, and whether its schema is the one that its number says. One thread; throws SqliteFailure.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "db/queue_file.h"
#include "db/sqlite_connection.h"

namespace radfm::db {

// At most file_faults_max sentences of SQLite's, without values of rows; none: whole.
std::vector<std::string> faults_of(SqliteConnection& connection, const CheckQueueFile& how);

// A foreign file may have tables, triggers or views that ours do not have: they would be run as ours. One sentence for each.
std::vector<std::string> schema_differences(SqliteConnection& connection);

// A file that nobody else uses: faults_of, all of it. permanent "database_broken".
Status require_whole(const std::filesystem::path& file);
// permanent "database_broken" with what to do.
Error broken(const std::filesystem::path& file, const std::vector<std::string>& faults);

}  // namespace radfm::db
