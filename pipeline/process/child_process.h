// SPDX-License-Identifier: Apache-2.0
// A child that dies with us (PR_SET_PDEATHSIG), with one end of a socket pair as its descriptor 3, standard error
// inherited, standard input and output on /dev/null, everything else closed, in the folder "/", of our environment what libraries
// look at (child_environment.h), nicer than we are, default signal handling (SIGUSR1 ignored: it asks the worker to take no more jobs, and may be sent
// to all), no core files (core_dumps.h), and its own limits.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/process/channel.h"
#include "pipeline/process/child_end.h"

namespace radfm::process {

inline constexpr int channel_fd_in_child = 3;
// What a child computes has time; the archive beside it has modalities that send and people who look.
inline constexpr int child_niceness = 10;
// A process that hangs inside the kernel (a GPU's driver, a network file system) dies only when that lets it go: nobody waits
// longer for one that was killed. It is left behind, and reaped when we end.
inline constexpr std::int64_t kill_wait_ms = 5'000;

struct ChildLimits {
  std::int64_t address_space_mb = 0;  // RLIMIT_AS; 0: none
  std::int64_t cpu_seconds = 0;       // RLIMIT_CPU; 0: none. SIGXCPU first, SIGKILL some seconds later
};

// Owns the process: the destructor kills (SIGKILL) and reaps it. One owner thread.
// Must be created on a thread that lives as long as the child (PDEATHSIG is bound to the creating thread).
class ChildProcess {
 public:
  // Errors: permanent "program_missing" when the program cannot be executed, transient "no_process" when the system has no
  // process, descriptor or memory left.
  static Result<ChildProcess> start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                                    const ChildLimits& limits);
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;
  ~ChildProcess();

  Channel& channel() { return *channel_; }
  pid_t pid() const { return pid_; }
  bool running();        // reaps without waiting
  // A long-lived child starts on a new piece of work: earlier out-of-memory kills say nothing about its end any more.
  void note_work_begins();
  // Waits for it to end by itself: its end, or nothing when it still runs after `timeout_ms`.
  std::optional<ChildEnd> wait(std::int64_t timeout_ms);
  ChildEnd kill_and_reap();  // SIGKILL if it still runs, within kill_wait_ms; how it ended (its own end if it was dead already)

 private:
  ChildProcess() = default;
  void reap(int wait_flags);
  pid_t pid_ = -1;
  bool reaped_ = false;
  FileDescriptor pidfd_;
  std::unique_ptr<Channel> channel_;
  ChildEnd end_;
  std::int64_t oom_kills_before_ = 0;
};

}  // namespace radfm::process
