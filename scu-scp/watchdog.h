// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <thread>

namespace radfm::scu {

// DCMTK's time-outs count for each read only, and its calls cannot be interrupted. This thread shuts the
// socket down, at the deadline or when `wake_fd` becomes readable, so that the call that sits in it returns
// with an error.
class Watchdog {
 public:
  enum class Reason { none, deadline, woken };

  Watchdog(std::int64_t timeout_ms, int wake_fd);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Watches this socket from now on; keeps a duplicate of it, so the owner may close its own at any time.
  void guard(int socket);
  // Closes the duplicate.
  void forget();
  Reason reason() const;
  std::int64_t left_ms() const;  // 0 after the deadline
  // A new deadline, counted from now, if the old one has not passed.
  void allow(std::int64_t timeout_ms);

 private:
  void watch(int wake_fd);
  void poke();
  mutable std::mutex mutex_;
  Reason reason_ = Reason::none;
  bool stopping_ = false;
  int socket_ = -1;
  int poke_fd_ = -1;
  std::int64_t deadline_ms_ = 0;
  std::thread thread_;
};

}  // namespace radfm::scu
