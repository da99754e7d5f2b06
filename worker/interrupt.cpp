// SPDX-License-Identifier: Apache-2.0
#include "worker/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cstdint>

#include "core/result.h"

namespace radfm::worker {

Interrupt::Interrupt() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!event_.valid()) broken_invariant("no event descriptor can be made");
}

bool Interrupt::wait(int timeout_ms) const {
  pollfd waiting{fd(), POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

void Interrupt::raise(Reason reason) {
  Reason seen = reason_.load();
  while (seen < reason && !reason_.compare_exchange_weak(seen, reason)) {
  }
  const std::uint64_t one = 1;
  if (::write(event_.get(), &one, sizeof one) < 0) return;  // EAGAIN: the counter is full, so it is readable already
}

void Interrupt::clear_lease_lost() {
  Reason seen = Reason::lease_lost;
  if (!reason_.compare_exchange_strong(seen, Reason::none)) return;
  std::uint64_t count = 0;
  if (::read(event_.get(), &count, sizeof count) < 0) return;  // EAGAIN: raise() has not written yet
  // A stop that came in between has its byte taken away by this read: give it back.
  if (reason_.load() == Reason::stopping) raise(Reason::stopping);
}

}  // namespace radfm::worker
