// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/clock.h"
#include "core/log.h"
#include "pipeline/process/child_environment.h"
#include "pipeline/process/core_dumps.h"
#include "pipeline/process/oom_counter.h"

namespace radfm::process {
namespace {

constexpr int error_fd_in_child = 4;        // closed by a successful exec
constexpr rlim_t cpu_grace_seconds = 5;     // from SIGXCPU, which names the cause, to SIGKILL
constexpr rlim_t open_files_wanted = 65'536;  // a study of 20,000 files is handed over as descriptors

// All that the child needs, made before fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  pid_t parent = -1;
  int channel = -1, null = -1, error = -1;
  ChildLimits limits;
  bool core_dumps = false;
};

void limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit value{soft, hard};
  ::setrlimit(resource, &value);
}

void apply_limits(const ChildLimits& limits, bool core_dumps) {
  if (!core_dumps) limit(RLIMIT_CORE, 0, 0);
  ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + child_niceness);
  if (limits.address_space_mb > 0) {
    const rlim_t bytes = static_cast<rlim_t>(limits.address_space_mb) << 20;
    limit(RLIMIT_AS, bytes, bytes);
  }
  if (limits.cpu_seconds > 0) {
    const rlim_t seconds = static_cast<rlim_t>(limits.cpu_seconds);
    limit(RLIMIT_CPU, seconds, seconds + cpu_grace_seconds);
  }
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < open_files_wanted) {
    files.rlim_cur = files.rlim_max < open_files_wanted ? files.rlim_max : open_files_wanted;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

void default_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGUSR1, &action, nullptr);  // "take no more jobs": what a service manager sends to all of a service
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(const Launch& launch) {
  // Sources are all above 4 (see high_descriptor), so that no dup2 overwrites one that is still needed.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != launch.parent) ::_exit(127);
  if (::dup2(launch.error, error_fd_in_child) < 0 || ::fcntl(error_fd_in_child, F_SETFD, FD_CLOEXEC) != 0) ::_exit(127);
  const bool placed = ::dup2(launch.null, STDIN_FILENO) >= 0 && ::dup2(launch.null, STDOUT_FILENO) >= 0 &&
                      ::dup2(launch.channel, channel_fd_in_child) >= 0 &&
                      ::close_range(error_fd_in_child + 1, ~0U, 0) == 0 && ::chdir("/") == 0;
  if (placed) {
    apply_limits(launch.limits, launch.core_dumps);
    default_signals();
    ::execve(launch.program, launch.arguments, launch.environment);
  }
  const int number = errno;
  [[maybe_unused]] const ssize_t written = ::write(error_fd_in_child, &number, sizeof number);
  ::_exit(127);
}

// The same open file under a number above those that the child rearranges.
FileDescriptor high_descriptor(FileDescriptor fd) {
  if (fd.get() > error_fd_in_child || !fd.valid()) return fd;
  return FileDescriptor(::fcntl(fd.get(), F_DUPFD_CLOEXEC, error_fd_in_child + 1));
}

Error no_process(const char* what, int number) {
  return transient_error("no_process", std::string("could not start a child process: ") + what + ": " +
                                           std::strerror(number) + "; free memory, processes or open files");
}

// The errno of a failed exec, 0 when the program runs.
int exec_error(int fd) {
  int number = 0;
  ssize_t got = 0;
  do {
    got = ::read(fd, &number, sizeof number);
  } while (got < 0 && errno == EINTR);
  return got == sizeof number ? number : 0;
}

pid_t fork_with_signals_blocked(const Launch& launch) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  const pid_t pid = ::fork();
  if (pid == 0) run_child(launch);
  const int number = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = number;
  return pid;
}

// By number: <sys/pidfd.h> of glibc 2.36 forgets to say extern "C".
int pidfd_of(pid_t pid) { return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)); }

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments, const ChildLimits& limits) {
  std::array<int, 2> pair{-1, -1}, pipe{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) return no_process("socketpair", errno);
  FileDescriptor ours(pair[0]);
  const FileDescriptor theirs = high_descriptor(FileDescriptor(pair[1]));
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return no_process("pipe", errno);
  const FileDescriptor error_in(pipe[0]);
  FileDescriptor error_out = high_descriptor(FileDescriptor(pipe[1]));
  const FileDescriptor null = high_descriptor(FileDescriptor(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  if (!theirs.valid() || !error_out.valid() || !null.valid()) return no_process("descriptors", errno);

  std::error_code ignored;
  const std::string path = std::filesystem::absolute(program, ignored).string();  // the child's folder is another
  std::vector<char*> argv{const_cast<char*>(path.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::vector<std::string> passed = child_environment();
  std::vector<char*> environment;
  for (const std::string& entry : passed) environment.push_back(const_cast<char*>(entry.c_str()));
  environment.push_back(nullptr);
  Launch launch{path.c_str(), argv.data(),     environment.data(), ::getpid(), theirs.get(),
                null.get(),   error_out.get(), limits,             core_dumps_are_wanted()};

  ChildProcess child;
  child.oom_kills_before_ = oom_kill_count();
  child.pid_ = fork_with_signals_blocked(launch);
  if (child.pid_ < 0) return no_process("fork", errno);
  child.channel_ = std::make_unique<Channel>(std::move(ours));
  error_out.reset();
  if (const int number = exec_error(error_in.get()); number != 0) {
    return permanent_error("program_missing", "cannot run " + path + ": " + std::strerror(number) +
                                                  "; the installation is incomplete");
  }
  child.pidfd_ = FileDescriptor(pidfd_of(child.pid_));
  if (!child.pidfd_.valid()) return no_process("pidfd_open", errno);
  return child;
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept { *this = std::move(other); }

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  kill_and_reap();
  pid_ = std::exchange(other.pid_, -1);
  reaped_ = other.reaped_;
  pidfd_ = std::move(other.pidfd_);
  channel_ = std::move(other.channel_);
  end_ = other.end_;
  oom_kills_before_ = other.oom_kills_before_;
  return *this;
}

ChildProcess::~ChildProcess() { kill_and_reap(); }

void ChildProcess::reap(int wait_flags) {
  if (pid_ < 0 || reaped_) return;
  int status = 0;
  pid_t got = 0;
  do {
    got = ::waitpid(pid_, &status, wait_flags);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return;
  reaped_ = true;
  if (got < 0) return;  // somebody else has waited for it; nothing is known but that it is gone
  if (WIFEXITED(status)) end_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) end_.signal = WTERMSIG(status);
  end_.out_of_memory = end_.signal == SIGKILL && oom_kill_count() > oom_kills_before_;
}

bool ChildProcess::running() {
  reap(WNOHANG);
  return pid_ >= 0 && !reaped_;
}

void ChildProcess::note_work_begins() { oom_kills_before_ = oom_kill_count(); }

std::optional<ChildEnd> ChildProcess::wait(std::int64_t timeout_ms) {
  const SystemClock clock;
  const std::int64_t deadline_ms = clock.boot_ms() + timeout_ms;
  while (running()) {
    const std::int64_t left_ms = deadline_ms - clock.boot_ms();
    if (left_ms <= 0) return std::nullopt;
    pollfd ended{pidfd_.get(), POLLIN, 0};
    ::poll(&ended, 1, static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)));
  }
  return end_;
}

ChildEnd ChildProcess::kill_and_reap() {
  if (!running()) return end_;
  ::kill(pid_, SIGKILL);  // not reaped yet, so the number is still its own
  if (!pidfd_.valid()) {
    reap(0);  // it never began
  } else if (!wait(kill_wait_ms)) {
    log_line(LogLevel::error, "process", "process " + std::to_string(pid_) + " does not end on SIGKILL: a driver or a file system hangs in the "
                                             "kernel; it is left behind");
    reaped_ = true;
    end_.signal = SIGKILL;
  }
  // One that was dying of something else keeps its own end.
  end_.killed_by_owner = end_.signal == SIGKILL && !end_.out_of_memory;
  return end_;
}

}  // namespace radfm::process
