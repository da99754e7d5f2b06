// SPDX-License-Identifier: Apache-2.0
#include "tests/support/death.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string_view>
#include <utility>

namespace radfm::test {
namespace {

struct Plan {
  bool recording = false;
  std::vector<std::string> passed;
  std::string awaited;
  int times_left = 0;
  std::string act;
};
Plan plan;

// A file's methods with some of them replaced; `shown` comes first, so that the table is found again by what the file shows.
struct WatchedMethods {
  sqlite3_io_methods shown{};
  const sqlite3_io_methods* real = nullptr;
  std::string file;  // "database", "journal"
};
sqlite3_vfs* real_files = nullptr;

const WatchedMethods& methods_of(const sqlite3_file* file) { return *reinterpret_cast<const WatchedMethods*>(file->pMethods); }

const sqlite3_io_methods& real_methods(const sqlite3_file* file, const char* doing) {
  const WatchedMethods& methods = methods_of(file);
  if (!plan.act.empty()) Death::pass(plan.act + ": " + doing + " the " + methods.file);
  return *methods.real;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  return real_methods(file, "writes").xWrite(file, data, size, at);
}
int cut_file(sqlite3_file* file, sqlite3_int64 size) { return real_methods(file, "cuts").xTruncate(file, size); }
int sync_file(sqlite3_file* file, int flags) { return real_methods(file, "syncs").xSync(file, flags); }

const sqlite3_io_methods* watched(const sqlite3_io_methods* real, const std::string& file) {
  static std::map<std::pair<const sqlite3_io_methods*, std::string>, WatchedMethods> tables;
  WatchedMethods& table = tables[{real, file}];
  if (table.real == nullptr) {
    table.shown = *real;
    table.shown.xWrite = write_file;
    table.shown.xTruncate = cut_file;
    table.shown.xSync = sync_file;
    table.real = real;
    table.file = file;
  }
  return &table.shown;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real_files->xOpen(real_files, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) file->pMethods = watched(file->pMethods, "database");
  if ((flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL)) != 0) file->pMethods = watched(file->pMethods, "journal");
  return code;
}

}  // namespace

void Death::record() {
  plan.passed.clear();
  plan.times_left = 0;
  plan.recording = true;
}

std::vector<std::string> Death::recorded() {
  plan.recording = false;
  return std::move(plan.passed);
}

void Death::await(const std::string& point, int time) {
  plan.recording = false;
  plan.awaited = point;
  plan.times_left = time;
}

void Death::pass(const std::string& point) {
  if (plan.recording) plan.passed.push_back(point);
  const bool awaited = plan.times_left > 0 && (plan.awaited.empty() || point == plan.awaited);
  if (awaited && --plan.times_left == 0) ::raise(SIGKILL);
}

void Death::watch_files() {
  static sqlite3_vfs files;
  if (real_files != nullptr) return;
  real_files = sqlite3_vfs_find(nullptr);
  files = *real_files;
  files.zName = "mortal";
  files.xOpen = open_file;
  sqlite3_vfs_register(&files, /*default=*/1);
}

Death::Act::Act(const std::string& name) { plan.act = name; }
Death::Act::~Act() { plan.act.clear(); }

bool Death::comes_in_child(const std::function<void()>& way) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      way();
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "a child's way: %s\n", failure.what());
    }
    std::_Exit(EXIT_SUCCESS);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

}  // namespace radfm::test
