// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/pdf_text.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "core/clock.h"
#include "pipeline/imaging/utf8_text.h"
#include "pipeline/process/file_descriptor.h"
#include "pipeline/process/process_rights.h"

namespace radfm::imaging {
namespace {

constexpr int exit_not_started = 127, exit_no_sandbox = 126;
constexpr int lowest_other_fd = 3;  // what the child may keep lies below
constexpr rlim_t open_files_max = 64;
constexpr int end_wait_ms = 2'000;  // from the closed output to the end of the process

// All that the child needs, made before fork: between fork and exec only async-signal-safe calls are allowed.
struct Launch {
  std::array<char*, 10> arguments{};
  std::array<char*, 2> environment{};
  std::vector<sock_filter> filter;
  int document = -1, out = -1, null = -1;
  pid_t parent = -1;
  rlim_t memory_bytes = 0, cpu_seconds = 0;
};

void limit(__rlimit_resource resource, rlim_t value) {
  const rlimit both{value, value};
  ::setrlimit(resource, &both);
}

[[noreturn]] void run_child(const Launch& launch) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != launch.parent) ::_exit(exit_not_started);
  const bool placed = ::dup2(launch.document, STDIN_FILENO) >= 0 && ::dup2(launch.out, STDOUT_FILENO) >= 0 &&
                      ::dup2(launch.null, STDERR_FILENO) >= 0 &&
                      ::close_range(lowest_other_fd, ~0U, 0) == 0 && ::lseek(STDIN_FILENO, 0, SEEK_SET) == 0;
  if (!placed) ::_exit(exit_not_started);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, open_files_max);
  limit(RLIMIT_AS, launch.memory_bytes);
  limit(RLIMIT_CPU, launch.cpu_seconds);
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!process::give_up_rights(launch.filter)) ::_exit(exit_no_sandbox);
  ::execve(launch.arguments[0], launch.arguments.data(), launch.environment.data());
  ::_exit(exit_not_started);
}

pid_t fork_with_signals_blocked(const Launch& launch) {
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // no handler of ours may run in the child
  const pid_t pid = ::fork();
  if (pid == 0) run_child(launch);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid;
}

// The running program. Killed and reaped at the latest when this goes.
class Running {
 public:
  explicit Running(pid_t pid) : pid_(pid) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (pid_ > 0) kill_and_wait();
  }
  // How it ended, as waitpid says it. A program that has closed its output and goes on is killed.
  int wait_or_kill() {
    const process::FileDescriptor end(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    pollfd ended{end.get(), POLLIN, 0};
    if (!end.valid() || ::poll(&ended, 1, end_wait_ms) <= 0) ::kill(pid_, SIGKILL);
    return wait();
  }
  int kill_and_wait() {
    ::kill(pid_, SIGKILL);
    return wait();
  }

 private:
  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

  pid_t pid_;
};

enum class End { closed, full, late, woken };

// Reads until the program closes its output, has written too much, or takes too long.
End read_output(int fd, int wake_fd, const PdfTextLimits& limits, std::string* text) {
  const SystemClock clock;
  const std::int64_t deadline = clock.boot_ms() + limits.timeout_ms;
  std::array<char, 16'384> piece{};
  for (;;) {
    const std::int64_t left = deadline - clock.boot_ms();
    if (left <= 0) return End::late;
    std::array<pollfd, 2> wait{pollfd{fd, POLLIN, 0}, pollfd{wake_fd, POLLIN, 0}};
    const int ready = ::poll(wait.data(), wake_fd < 0 ? 1 : 2, static_cast<int>(left));
    if (ready < 0 && errno != EINTR) return End::late;
    if (ready <= 0) continue;
    if (wake_fd >= 0 && wait[1].revents != 0) return End::woken;
    const ssize_t got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return End::closed;
    text->append(piece.data(), static_cast<std::size_t>(got));
    if (text->size() > limits.text_bytes_max) return End::full;
  }
}

// The same open file under a number above those that the child rearranges.
process::FileDescriptor high_copy(int fd) {
  return process::FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, lowest_other_fd));
}

Error program_missing(const PdfTextLimits& limits) {
  return permanent_error("pdf_program_missing",
                         "the text of a PDF cannot be read: " + limits.program.string() +
                             " cannot be run (install poppler-utils, or set reader.pdf_text_program)");
}

Result<std::string> judged(std::string text, int status, const PdfTextLimits& limits) {
  const bool exited = WIFEXITED(status);
  if (exited && WEXITSTATUS(status) == exit_not_started) return program_missing(limits);
  if (exited && WEXITSTATUS(status) == exit_no_sandbox) {
    return permanent_error("pdf_program_missing",
                           "the text of a PDF cannot be read safely: this kernel has no seccomp filters");
  }
  if (!exited && WTERMSIG(status) == SIGXCPU)
    return permanent_error("pdf_timeout", "its PDF took too long to read");
  if (!exited || WEXITSTATUS(status) != 0) return permanent_error("pdf_broken", "its PDF cannot be read");
  if (text.find_first_not_of(" \t\r\n\f") == std::string::npos) {
    return permanent_error("pdf_no_text", "its PDF has no text layer, it may be a scan");
  }
  return text;
}

}  // namespace

Result<std::string> pdf_text(int document_fd, const PdfTextLimits& limits, int wake_fd) {
  if (::access(limits.program.c_str(), X_OK) != 0) return program_missing(limits);
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
    return transient_error("no_process", "no pipe for the program that reads PDFs");
  const process::FileDescriptor ours(pipe[0]);
  process::FileDescriptor low(pipe[1]), theirs = high_copy(low.get());
  low.reset();
  const process::FileDescriptor opened(::open("/dev/null", O_RDWR | O_CLOEXEC)),
      null = high_copy(opened.get());
  const process::FileDescriptor document = high_copy(document_fd);
  if (!theirs.valid() || !null.valid() || !document.valid()) {
    return transient_error("no_process", "no open file left for the program that reads PDFs");
  }
  std::array<std::string, 10> words{
      limits.program.string(),          "-q", "-enc", "UTF-8",       "-nopgbrk", "-l",
      std::to_string(limits.pages_max), "-",  "-",    "LANG=C.UTF-8"};
  Launch launch;
  for (std::size_t i = 0; i < 9; ++i) launch.arguments[i] = words[i].data();
  launch.environment[0] = words[9].data();
  launch.filter = process::rights_filter({.start_program = true});
  launch.document = document.get();
  launch.out = theirs.get();
  launch.null = null.get();
  launch.parent = ::getpid();
  launch.memory_bytes = static_cast<rlim_t>(limits.memory_max_mb) << 20;
  launch.cpu_seconds = static_cast<rlim_t>(std::max<std::int64_t>(limits.timeout_ms / 1000, 1));
  const pid_t pid = fork_with_signals_blocked(launch);
  if (pid < 0)
    return transient_error("no_process", "the system has no process left for the program that reads PDFs");
  Running running(pid);
  theirs.reset();
  std::string text;
  switch (read_output(ours.get(), wake_fd, limits, &text)) {
    case End::woken:
      return cancelled_error("woken", "the reading of a PDF was given up");
    case End::late:
      return permanent_error("pdf_timeout", "its PDF took too long to read");
    case End::full:
      text = valid_utf8(text);
      cut_text(text, limits.text_bytes_max);
      return text;
    case End::closed:
      break;
  }
  return judged(valid_utf8(text), running.wait_or_kill(), limits);
}

}  // namespace radfm::imaging
