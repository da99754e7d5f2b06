// SPDX-License-Identifier: Apache-2.0
// Who has the queue open. A connection that does nothing holds no lock of SQLite's, so nobody could tell that it is there: each
// holds a shared lock (flock(2)) on a file beside the queue, <queue>.in-use, as long as it lives. Who puts another file in the
// queue's place holds it alone. The kernel lets go when a process dies; the file itself is empty and stays.
//
// It is a file of its own because closing any other handle of SQLite's file would drop SQLite's own locks in this process
// (fcntl(2), "advisory record locks"). Of a program in another container it works where the folder is shared on one host.
// One thread an object.
#pragma once

#include <filesystem>
#include <utility>

#include "core/result.h"

namespace radfm::db {

class QueuePresence {
 public:
  enum class Kind {
    beside_others,     // makes the file when it is missing
    if_there_is_one,   // as above, but makes nothing: a reader, or a command on a wrong path
    alone,
  };
  // transient "queue_in_use": somebody puts another file in its place now; of `alone`: a program has the queue open.
  // transient "database_unavailable": the file cannot be made or opened.
  static Result<QueuePresence> of(const std::filesystem::path& queue, Kind kind);

  QueuePresence() = default;
  QueuePresence(QueuePresence&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  QueuePresence& operator=(QueuePresence&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~QueuePresence();

 private:
  explicit QueuePresence(int handle) : handle_(handle) {}
  int handle_ = -1;
};

std::filesystem::path presence_file(const std::filesystem::path& queue);

}  // namespace radfm::db
