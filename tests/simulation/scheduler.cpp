// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/scheduler.h"

#include <algorithm>

namespace radfm::simulation {

Scheduler::~Scheduler() { kill_all(); }

Scheduler::Process& Scheduler::start(const std::string& name) {
  processes_.push_back(std::make_unique<Process>());
  processes_.back()->name = name;
  processes_.back()->number = ++started_;
  return *processes_.back();
}

void Scheduler::spawn(Process& process, const std::string& name, std::function<void()> body) {
  auto thread = std::make_unique<Thread>();
  thread->name = name;
  thread->process = &process;
  thread->fiber = std::make_unique<Fiber>(stacks_, std::move(body));
  threads_.push_back(std::move(thread));
}

void Scheduler::kill(Process& process) {
  process.alive = false;
  std::vector<std::unique_ptr<Thread>> dying;
  for (auto& thread : threads_) {
    if (thread->process == &process) dying.push_back(std::move(thread));
  }
  std::erase(threads_, nullptr);
  dying.clear();
  std::erase_if(processes_, [&](const auto& each) { return each.get() == &process; });
}

void Scheduler::kill_all() {
  while (!processes_.empty()) kill(*processes_.back());
}

bool Scheduler::has_threads(const Process& process) const {
  return std::ranges::any_of(threads_, [&](const auto& each) { return each->process == &process; });
}

void Scheduler::pause() {
  if (current_ == nullptr) return;
  current_->fiber->pause();
}

bool Scheduler::sleep(std::int64_t ms, std::function<bool()> woken) {
  if (current_ == nullptr) return false;
  Thread& self = *current_;
  self.wakes_ms = clock_.true_ms() + ms;
  self.woken = std::move(woken);
  self.fiber->pause();
  const bool was_woken = self.woken && self.woken();
  self.woken = nullptr;
  return was_woken;
}

bool Scheduler::may_run(const Thread& thread) const {
  const std::int64_t now = clock_.true_ms();
  return thread.process->frozen_until_ms <= now && (thread.wakes_ms <= now || (thread.woken && thread.woken()));
}

bool Scheduler::lives(const Thread* thread) const {
  return std::ranges::any_of(threads_, [&](const auto& each) { return each.get() == thread; });
}

std::int64_t Scheduler::wakes_in_ms(const Thread& thread) const {
  return may_run(thread) ? 0 : std::max(thread.wakes_ms, thread.process->frozen_until_ms) - clock_.true_ms();
}

std::vector<Scheduler::Thread*> Scheduler::runnable() const {
  std::vector<Thread*> able;
  for (const auto& thread : threads_) {
    if (may_run(*thread)) able.push_back(thread.get());
  }
  return able;
}

void Scheduler::run(Thread& thread) {
  current_ = &thread;
  thread.fiber->resume();
  current_ = nullptr;
  if (thread.fiber->ended()) std::erase_if(threads_, [&](const auto& each) { return each.get() == &thread; });
}

void Scheduler::advance(std::int64_t ms) {
  const std::int64_t until = clock_.true_ms() + ms;
  while (!timers_.empty() && timers_.begin()->first <= until) {
    const auto due = timers_.begin();
    const auto what = std::move(due->second);
    clock_.advance(std::max<std::int64_t>(due->first - clock_.true_ms(), 0));
    timers_.erase(due);
    what();
  }
  clock_.advance(until - clock_.true_ms());
}

void Scheduler::after(std::int64_t ms, std::function<void()> what) { timers_.emplace(clock_.true_ms() + ms, std::move(what)); }

std::int64_t Scheduler::idle_ms() const {
  std::int64_t at = idle_for_ever_ms;
  for (const auto& thread : threads_) at = std::min(at, std::max(thread->wakes_ms, thread->process->frozen_until_ms));
  if (!timers_.empty()) at = std::min(at, timers_.begin()->first);
  return at == idle_for_ever_ms ? at : std::max<std::int64_t>(at - clock_.true_ms(), 0);
}

}  // namespace radfm::simulation
