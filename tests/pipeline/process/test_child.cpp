// SPDX-License-Identifier: Apache-2.0
// A child for the tests of child processes. Its first argument says what it does.
#include <dirent.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <thread>

#include "pipeline/process/child_beginning.h"
#include "pipeline/process/child_process.h"

using namespace radfm;
using nlohmann::json;

namespace {

// Nobody listens any more: there is nothing left to do.
void say(process::Channel& channel, const json& frame, const std::vector<int>& descriptors = {}) {
  if (!channel.send(frame, descriptors)) std::_Exit(8);
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

json open_descriptors() {
  json list = json::array();
  DIR* const folder = ::opendir("/proc/self/fd");
  const int own = ::dirfd(folder);
  for (const dirent* entry = ::readdir(folder); entry != nullptr; entry = ::readdir(folder)) {
    const int fd = std::atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != own) list.push_back(fd);
  }
  ::closedir(folder);
  return list;
}

json facts() {
  rlimit core{}, cpu{}, memory{};
  ::getrlimit(RLIMIT_CORE, &core);
  ::getrlimit(RLIMIT_CPU, &cpu);
  ::getrlimit(RLIMIT_AS, &memory);
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  sigset_t mask;
  ::sigprocmask(SIG_SETMASK, nullptr, &mask);
  return {{"descriptors", open_descriptors()},        {"core", core.rlim_cur},
          {"cpu", cpu.rlim_cur},                      {"memory", memory.rlim_cur},
          {"sigpipe_default", pipe.sa_handler == SIG_DFL}, {"sigusr1_blocked", ::sigismember(&mask, SIGUSR1) == 1},
          {"niceness", ::getpriority(PRIO_PROCESS, 0)}, {"folder", std::filesystem::current_path().string()}};
}

// What begin_as_child() has made of this process.
json beginnings() {
  process::begin_as_child();
  std::ifstream file("/proc/self/oom_score_adj");
  int score = 0;
  file >> score;
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  return {{"oom_score", score}, {"dumpable", ::prctl(PR_GET_DUMPABLE)}, {"core", core.rlim_cur}};
}

// On a thread of its own, where nobody catches it.
[[noreturn]] void exhaust_memory() {
  process::begin_as_child();
  std::thread([] { throw std::bad_alloc(); }).join();
  std::_Exit(0);
}

// Takes memory until it is killed, or has a quarter of a gigabyte.
void grow() {
  process::begin_as_child();
  for (int step = 0; step < 256; ++step) {
    constexpr std::size_t bytes = std::size_t(1) << 20;
    if (auto* const block = static_cast<volatile char*>(std::malloc(bytes)); block != nullptr) {
      for (std::size_t at = 0; at < bytes; at += 4'096) block[at] = 1;
    }
  }
}

// Enters the cgroup with this file of processes, and tells how two children of it ended: one that grows over the cgroup's
// limit, one that is killed by hand.
void parent_in_cgroup(process::Channel& channel, const char* program, const char* processes) {
  std::ofstream(processes) << ::getpid() << std::flush;
  for (const char* what : {"grow", "hang"}) {
    auto child = process::ChildProcess::start(program, {what}, {});
    if (std::string(what) == "hang") ::kill(child->pid(), SIGKILL);
    const auto end = child->wait(60'000);
    const Error error = process::death_error("engine", end.value_or(process::ChildEnd{}));
    say(channel, {{"signal", end ? end->signal : 0}, {"code", error.code}, {"class", to_string(error.error_class)}});
  }
}

// Sends back what it is sent, descriptors too.
void echo(process::Channel& channel) {
  for (;;) {
    auto frame = channel.receive(-1);
    if (!frame) return;
    std::vector<int> descriptors;
    for (const auto& fd : frame->descriptors) descriptors.push_back(fd.get());
    say(channel, frame->json, descriptors);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const std::string what = count > 1 ? arguments[1] : "";
  process::Channel channel{process::FileDescriptor(process::channel_fd_in_child)};
  if (what == "facts") say(channel, facts());
  if (what == "echo") echo(channel);
  if (what == "hang") hang();
  if (what == "exit") std::_Exit(5);
  if (what == "segv") ::raise(SIGSEGV);
  if (what == "allocate") {
    // More than its limit allows: the allocation fails, the process is not killed.
    const std::size_t bytes = std::size_t(256) << 20;
    const std::unique_ptr<void, void (*)(void*)> block(std::malloc(bytes), std::free);
    say(channel, {{"allocated", block != nullptr}});
  }
  if (what == "beginnings") say(channel, beginnings());
  if (what == "exhaust_memory") exhaust_memory();
  if (what == "grow") grow();
  if (what == "parent_in_cgroup" && count > 2) parent_in_cgroup(channel, arguments[0], arguments[2]);
  if (what == "usr1") {
    ::raise(SIGUSR1);
    say(channel, {{"lives", true}});
  }
  if (what == "parent") {
    auto child = process::ChildProcess::start(arguments[0], {"hang"}, {});
    say(channel, {{"pid", child->pid()}});
    hang();
  }
  return 0;
}
