// SPDX-License-Identifier: Apache-2.0
#include "db/sqlite_file_check.h"

#include <algorithm>
#include <set>

#include "db/sqlite_error.h"
#include "db/sqlite_schema.h"
#include "db/sqlite_statement.h"

namespace radfm::db {
namespace {

constexpr std::int64_t private_file_busy_limit_ms = 1'000;
constexpr std::size_t fault_bytes_max = 200;
// Where the bytes are; all others are rows of a few hundred.
const std::set<std::string> bulk_tables = {"outbox", "montages", "draft_pages", "job_results", "job_inputs", "held_texts"};

void add_answers(SqliteStatement& statement, std::vector<std::string>& faults) {
  while (statement.step()) {
    std::string line;
    statement.read(line);
    if (line == "ok" || faults.size() >= static_cast<std::size_t>(file_faults_max)) continue;
    faults.push_back(line.substr(0, fault_bytes_max));
  }
}

std::vector<std::string> table_names(SqliteConnection& connection) {
  std::vector<std::string> names;
  SqliteStatement statement(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  while (statement.step()) statement.read(names.emplace_back());
  return names;
}

void add_orphans(SqliteConnection& connection, std::vector<std::string>& faults) {
  SqliteStatement statement(connection, "SELECT DISTINCT \"table\" FROM pragma_foreign_key_check");
  while (statement.step()) {
    std::string table;
    statement.read(table);
    faults.push_back("rows of table " + table + " belong to no job");
  }
}

// Without comments and line breaks, which a later version may word anew.
std::string as_compared(const std::string& sql) {
  std::string text;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql.compare(i, 2, "--") == 0) i = std::min(sql.find('\n', i), sql.size() - 1);
    const bool blank = sql[i] == ' ' || sql[i] == '\n';
    if (!blank) text += sql[i];
    else if (!text.empty() && text.back() != ' ') text += ' ';
  }
  return text;
}

std::set<std::string> schema_of(SqliteConnection& connection) {
  std::set<std::string> objects;
  // Indexes that SQLite makes itself have no text; its statistics come and go.
  SqliteStatement statement(connection,
                            "SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'");
  while (statement.step()) {
    std::string name, sql;
    statement.read(name, sql);
    objects.insert(name + "\n" + as_compared(sql));
  }
  return objects;
}

std::string name_of(const std::string& object) { return object.substr(0, std::min(object.find('\n'), fault_bytes_max)); }

}  // namespace

std::vector<std::string> faults_of(SqliteConnection& connection, const CheckQueueFile& how) {
  std::vector<std::string> faults;
  const std::string check = how.thorough ? "integrity_check" : "quick_check";
  if (how.bulk_tables) {
    SqliteStatement statement(connection, "PRAGMA " + check + "(" + std::to_string(file_faults_max) + ")");
    add_answers(statement, faults);
  } else {
    for (const std::string& table : table_names(connection)) {
      if (bulk_tables.contains(table)) continue;
      SqliteStatement statement(connection, "SELECT * FROM pragma_" + check + "(?1)", table);
      add_answers(statement, faults);
    }
  }
  if (how.thorough && faults.empty()) add_orphans(connection, faults);
  return faults;
}

std::vector<std::string> schema_differences(SqliteConnection& connection) {
  SqliteConnection reference(":memory:", private_file_busy_limit_ms);
  const std::int64_t number = number_of(connection, "PRAGMA user_version");
  for (const Migration& migration : migrations()) {
    if (migration.number <= number) reference.execute(migration.sql);
  }
  const std::set<std::string> ours = schema_of(reference), theirs = schema_of(connection);
  std::vector<std::string> differences;
  for (const std::string& object : theirs) {
    if (!ours.contains(object)) differences.push_back(name_of(object) + " is not as this program makes it");
  }
  for (const std::string& object : ours) {
    if (!theirs.contains(object)) differences.push_back(name_of(object) + " is missing or changed");
  }
  if (differences.size() > static_cast<std::size_t>(file_faults_max)) differences.resize(file_faults_max);
  return differences;
}

Error broken(const std::filesystem::path& file, const std::vector<std::string>& faults) {
  return permanent_error("database_broken",
                         "queue database " + file.string() + ": it is damaged (" + faults.front() + (faults.size() > 1 ? "; and more" : "") +
                             "). Stop radfm-worker and Orthanc, then `radfmctl queue restore BACKUP`. Without a backup move the file and what "
                             "is named after it away: the next start makes a new queue, without the open jobs and the history of this one");
}

Status require_whole(const std::filesystem::path& file) {
  SqliteConnection connection(file.string(), private_file_busy_limit_ms);
  const std::vector<std::string> faults = faults_of(connection, {});
  return faults.empty() ? Status() : Status(broken(file, faults));
}

}  // namespace radfm::db
