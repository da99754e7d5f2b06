// SPDX-License-Identifier: Apache-2.0
// Signals, the doorbell and the second's tick, on the main thread (Boost.Asio). First SIGTERM or SIGINT: stop, within
// stop_grace_ms at the latest; second: at once. SIGUSR1: drain, however long the jobs in work take; a SIGTERM may follow. SIGHUP:
// reload; the worker's own settings stay, and rules reach it as part of each job.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

namespace radfm::worker {

inline constexpr int stop_grace_ms = 4'500;
inline constexpr int tick_ms = 1'000;
// After a ring the next is heard so much later: whoever may ring without end costs two rings in that time, and loses none.
inline constexpr int ring_pause_ms = 20;

class EventLoop {
 public:
  struct Events {
    std::function<void()> rung;  // somebody changed the queue
    std::function<void()> stop;  // none of them may block
    std::function<void()> drain = [] {};
    std::function<void()> tick = [] {};  // each tick_ms while run() runs
    std::function<void()> reload = [] {};
  };
  // Signals are caught from here on.
  explicit EventLoop(Events events);
  ~EventLoop();  // takes the doorbell down

  // Binds the doorbell. Without one the worker still polls, so a failure is only said. Warns when another worker answers
  // at it: two are safe (leases), but one of them was probably not meant.
  void listen(const std::filesystem::path& doorbell);
  void run();     // until finish()
  void finish();  // from any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace radfm::worker
