// SPDX-License-Identifier: Apache-2.0
// What a service manager is told, by the protocol of sd_notify(3): one datagram of lines to the socket that NOTIFY_SOCKET names, a
// path or, with '@' first, an abstract name. Without a manager nothing is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pipeline/process/file_descriptor.h"

namespace radfm::worker {

class NotifySocket {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment: they are not for children.
  // Before any thread exists.
  static NotifySocket from_environment();
  // `name` as in NOTIFY_SOCKET; empty: nobody listens. One that cannot be an address is as empty.
  explicit NotifySocket(const std::string& name, std::int64_t watchdog_ms = 0);

  bool somebody_listens() const { return socket_.valid(); }
  std::int64_t watchdog_ms() const { return watchdog_ms_; }  // how long the manager waits for alive(); 0: it does not
  // Never waits: a manager that does not read misses a line and gets the next. One thread at a time.
  void ready() { send("READY=1"); }
  void status(const std::string& text);  // one line
  void alive() { send("WATCHDOG=1"); }
  void stopping() { send("STOPPING=1"); }
  void still_starting(std::int64_t for_ms);  // EXTEND_TIMEOUT_USEC: the manager's patience begins anew

 private:
  void send(const std::string& message) const;
  process::FileDescriptor socket_;  // connected
  std::int64_t watchdog_ms_ = 0;
};

}  // namespace radfm::worker
