// SPDX-License-Identifier: Apache-2.0
// A wall clock that a test sets while a whole node runs (LD_PRELOAD): what a process is told of CLOCK_REALTIME is off by the
// seconds (int64, in the machine's order of bytes) that stand in the file RADFM_STEPPED_CLOCK. Every process sees a change at
// once, as after `date -s`; CLOCK_MONOTONIC and CLOCK_BOOTTIME are left alone, as the kernel leaves them. Unlike in a kernel, a
// wait until a wall time that has begun before the step ends as if there had been none, and files bear the machine's own times.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

const volatile std::int64_t* map_offset_s() {
  const char* path = std::getenv("RADFM_STEPPED_CLOCK");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat found {};
  const bool whole = ::fstat(file, &found) == 0 && found.st_size >= off_t(sizeof(std::int64_t));
  void* mapped = whole ? ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0) : MAP_FAILED;
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<const volatile std::int64_t*>(mapped);
}
// Before main: a confined process may open no file later.
const volatile std::int64_t* const offset_s = map_offset_s();

}  // namespace

#define RADFM_REPLACES extern "C" __attribute__((visibility("default")))

RADFM_REPLACES int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, clock, now);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) && offset_s != nullptr) now->tv_sec += *offset_s;
  return static_cast<int>(failed);
}

RADFM_REPLACES int gettimeofday(timeval* now, void* zone) noexcept {
  timespec precise{};
  if (zone != nullptr) *static_cast<struct timezone*>(zone) = {};
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  *now = {precise.tv_sec, precise.tv_nsec / 1'000};
  return 0;
}

RADFM_REPLACES time_t time(time_t* out) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (out != nullptr) *out = precise.tv_sec;
  return precise.tv_sec;
}
