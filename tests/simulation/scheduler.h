// SPDX-License-Identifier: Apache-2.0
// Who runs when: the processes of the simulated host with their threads (fibers), timers of the world, and true time. Nothing
// happens by itself: the simulation says which thread goes on and how much time passes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/fiber.h"
#include "tests/simulation/simulated_clock.h"

namespace radfm::simulation {

class Scheduler {
 public:
  struct Process {
    std::string name;
    int number = 0;  // from 1
    bool alive = true;
    std::int64_t frozen_until_ms = 0;  // true time; SIGSTOP, a swapping host, a suspended virtual machine
    std::shared_ptr<void> memory;      // what its threads share; gone with it
  };
  struct Thread {
    std::string name;
    Process* process = nullptr;
    std::unique_ptr<Fiber> fiber;
    std::int64_t wakes_ms = 0;            // true time
    std::function<bool()> woken = {};     // or as soon as this holds
  };

  Scheduler(SimulatedClock& clock, StackPool& stacks) : clock_(clock), stacks_(stacks) {}
  ~Scheduler();

  Process& start(const std::string& name);
  void spawn(Process& process, const std::string& name, std::function<void()> body);
  // Its threads' stacks are unwound at once, without a word to anybody.
  void kill(Process& process);
  void kill_all();
  const std::vector<std::unique_ptr<Process>>& processes() const { return processes_; }  // that live

  // Called by a thread: others may run here, and it may be killed here. Outside of threads nothing happens.
  void pause();
  // Called by a thread: sleeps. True when `woken` held.
  bool sleep(std::int64_t ms, std::function<bool()> woken = {});
  const Thread* current() const { return current_; }
  bool has_threads(const Process& process) const;

  std::vector<Thread*> runnable() const;
  bool lives(const Thread* thread) const;  // of a pointer that may be old
  std::int64_t wakes_in_ms(const Thread& thread) const;  // 0: it may run now
  void run(Thread& thread);  // up to its next pause
  // Timers fire in their order while time passes.
  void advance(std::int64_t ms);
  void after(std::int64_t ms, std::function<void()> what);
  // How long until a thread wakes or a timer fires; nothing when nobody waits.
  std::int64_t idle_ms() const;
  static constexpr std::int64_t idle_for_ever_ms = INT64_MAX;

 private:
  bool may_run(const Thread& thread) const;

  SimulatedClock& clock_;
  StackPool& stacks_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::unique_ptr<Thread>> threads_;
  std::multimap<std::int64_t, std::function<void()>> timers_;
  Thread* current_ = nullptr;
  int started_ = 0;
};

}  // namespace radfm::simulation
