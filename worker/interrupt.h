// SPDX-License-Identifier: Apache-2.0
// How a running job is stopped from another thread: everything that the job thread waits for also watches fd().
// All functions are safe from any thread.
#pragma once

#include <atomic>

#include "pipeline/process/file_descriptor.h"

namespace radfm::worker {

class Interrupt {
 public:
  enum class Reason { none, lease_lost, stopping };

  Interrupt();
  virtual ~Interrupt() = default;
  // Waits at most so long; whether it is interrupted. Virtual, so that a simulation waits by its own clock.
  virtual bool wait(int timeout_ms) const;
  int fd() const { return event_.get(); }  // readable while interrupted
  Reason reason() const { return reason_.load(); }
  // The weightier reason stays: a worker that stops does not forget it because a lease was lost.
  void raise(Reason reason);
  // Another wish: the job in work is finished, and no other is begun. Interrupts nothing, and is not taken back.
  void drain() { draining_ = true; }
  bool draining() const { return draining_; }
  // Before the next job. A worker that stops stays interrupted.
  void clear_lease_lost();

 private:
  std::atomic<Reason> reason_{Reason::none};
  std::atomic<bool> draining_{false};
  process::FileDescriptor event_;
};

}  // namespace radfm::worker
