// SPDX-License-Identifier: Apache-2.0
// The operating system as SQLite sees it, with faults: every call that the database layer makes is counted, and the n-th fails,
// once or from then on. The default VFS (https://www.sqlite.org/vfs.html) does the work. While an object of this class lives it is
// SQLite's default, so that nothing that is tested knows of it. Closing a file and giving up a lock never fail: a process that
// dies does both. One thread; one object at a time.
#pragma once

#include <sqlite3.h>

#include <string>

namespace radfm::testing_support {

class FaultyVfs {
 public:
  FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();

  enum class Lasting { once, from_then_on };
  void fail(int nth, Lasting lasting);  // counts anew, from 1; 0: counts only
  void heal();                          // no call fails any more
  int calls() const { return calls_; }
  bool failed() const { return !first_failed_.empty(); }
  const std::string& first_failed() const { return first_failed_; }  // "write queue.sqlite-journal"

  // For the callbacks: whether this call fails.
  bool meets(const char* call, const char* file);
  sqlite3_vfs* system() const { return system_; }

 private:
  sqlite3_vfs* system_;
  sqlite3_vfs vfs_;
  int calls_ = 0, nth_ = 0;
  Lasting lasting_ = Lasting::once;
  std::string first_failed_;
};

}  // namespace radfm::testing_support
