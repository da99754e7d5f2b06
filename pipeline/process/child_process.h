// SPDX-License-Identifier: Apache-2.0
// A child that dies with us (PR_SET_PDEATHSIG), with one end of a socket pair as its descriptor 3, standard error
// inherited, everything else closed, and its own limits.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/process/channel.h"

namespace radfm::process {

inline constexpr int channel_fd_in_child = 3;

struct ChildLimits {
  std::int64_t address_space_mb = 0;  // RLIMIT_AS; 0: none
  std::int64_t cpu_seconds = 0;       // RLIMIT_CPU; 0: none
};

// How a child ended, in the words and the class that the queue needs.
struct ChildEnd {
  int exit_code = -1;  // when it exited
  int signal = 0;      // when a signal ended it
  bool out_of_memory = false;  // SIGKILL while the kernel's oom_kill counter moved
};
// crash signal (SEGV, ABRT, BUS, FPE, ILL, SYS, XCPU), out of memory, or an exit by itself: poison ("engine_crashed",
// "engine_out_of_memory"); SIGKILL or SIGTERM from outside: vanished ("engine_killed"). `who` is "engine" or "reader".
Error death_error(const std::string& who, const ChildEnd& end);

// Owns the process: the destructor kills (SIGKILL) and reaps it. One owner thread, except kill(), which any thread may call.
// Must be created on a thread that lives as long as the child (PDEATHSIG is bound to the creating thread).
class ChildProcess {
 public:
  static Result<ChildProcess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                    const ChildLimits& limits);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  Channel& channel() { return *channel_; }
  pid_t pid() const { return pid_; }
  bool running();        // reaps without waiting
  ChildEnd kill_and_reap();  // SIGKILL if it still runs; how it ended (its own end if it was dead already)

 private:
  ChildProcess() = default;
  pid_t pid_ = -1;
  std::unique_ptr<Channel> channel_;
  ChildEnd end_;
  std::int64_t oom_kills_at_start_ = 0;
};

}  // namespace radfm::process
