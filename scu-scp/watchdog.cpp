// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/watchdog.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>

#include "core/result.h"

namespace radfm::scu {
namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Watchdog::Watchdog(std::int64_t timeout_ms, int wake_fd)
    : poke_fd_(::eventfd(0, EFD_CLOEXEC)), deadline_ms_(now_ms() + std::max<std::int64_t>(timeout_ms, 0)) {
  if (poke_fd_ < 0) broken_invariant("the system gives no eventfd: the limit of open files is far too low");
  thread_ = std::thread([this, wake_fd] { watch(wake_fd); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  poke();
  thread_.join();
  forget();
  ::close(poke_fd_);
}

void Watchdog::poke() {
  const std::uint64_t one = 1;
  if (::write(poke_fd_, &one, sizeof one) != sizeof one)
    broken_invariant("an eventfd refuses its first count");
}

void Watchdog::allow(std::int64_t timeout_ms) {
  {
    const std::lock_guard lock(mutex_);
    if (reason_ == Reason::none) deadline_ms_ = now_ms() + std::max<std::int64_t>(timeout_ms, 0);
  }
  poke();
}

void Watchdog::guard(int socket) {
  forget();
  const std::lock_guard lock(mutex_);
  socket_ = ::dup(socket);
  if (reason_ != Reason::none) ::shutdown(socket, SHUT_RDWR);
}

void Watchdog::forget() {
  const std::lock_guard lock(mutex_);
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

Watchdog::Reason Watchdog::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

std::int64_t Watchdog::left_ms() const {
  const std::lock_guard lock(mutex_);
  return std::max<std::int64_t>(deadline_ms_ - now_ms(), 0);
}

void Watchdog::watch(int wake_fd) {
  for (;;) {
    pollfd waiting[2] = {{poke_fd_, POLLIN, 0},
                         {wake_fd, POLLIN, 0}};  // a negative descriptor is ignored by poll
    const int timeout_ms = static_cast<int>(std::min<std::int64_t>(left_ms(), INT_MAX));
    ::poll(waiting, 2, timeout_ms);
    if (waiting[0].revents != 0) {
      std::uint64_t count = 0;
      if (::read(poke_fd_, &count, sizeof count) != sizeof count)
        broken_invariant("an eventfd that is readable gives nothing");
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      continue;
    }
    const bool woken = waiting[1].revents != 0;
    const std::lock_guard lock(mutex_);
    if (!woken && deadline_ms_ > now_ms()) continue;
    reason_ = woken ? Reason::woken : Reason::deadline;
    if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
    return;
  }
}

}  // namespace radfm::scu
