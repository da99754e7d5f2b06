// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_process.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

#include "pipeline/model/engine_client.h"

namespace radfm::model {
namespace {

constexpr std::int64_t death_wait_ms = 2'000;   // from the closed channel to the end of the process
constexpr std::int64_t cancel_send_ms = 1'000;  // a cancel that the engine does not take is left to its end
constexpr std::int64_t poll_ms_max = 3'600'000;

Error timed_out() { return transient_error("timeout", ""); }
Error silent() { return transient_error("silent", ""); }

}  // namespace

Error engine_end(process::ChildProcess& child, const Error& why, const std::string& doing, std::int64_t limit_ms) {
  if (why.code == "peer_gone") {
    const std::optional<process::ChildEnd> end = child.wait(death_wait_ms);
    return process::death_error("engine", end ? *end : child.kill_and_reap());
  }
  if (why.code == "timeout") {
    child.kill_and_reap();
    return poison_error("engine_timeout", "the engine did not " + doing + " within " + std::to_string(limit_ms / 1000) +
                                              " s and was killed; see model.*_timeout_ms");
  }
  // A device that hangs (a GPU that fell off the bus, a file system that does not answer) takes the engine's thread with it.
  if (why.code == "silent") {
    child.kill_and_reap();
    return poison_error("engine_stalled", "the engine said nothing for " + std::to_string(limit_ms / 1000) +
                                              " s while it answered and was killed: its device hangs, or model.stall_timeout_ms is "
                                              "too short for one layer of this model on it");
  }
  if (why.code == "bad_frame") {
    child.kill_and_reap();
    return poison_error("engine_garbled", why.message);
  }
  return why;
}

EngineProcess::EngineProcess(process::ChildProcess child, std::int64_t stall_timeout_ms, int jobs_at_once)
    : stall_timeout_ms_(stall_timeout_ms),
      child_(std::move(child)),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      questions_(jobs_at_once) {
  if (!stop_.valid()) broken_invariant("no event descriptor can be made");
  reader_ = std::thread([this] { read(); });
}

EngineProcess::~EngineProcess() {
  ::eventfd_write(stop_.get(), 1);
  reader_.join();
}

bool EngineProcess::alive() {
  const Lock lock(mutex_);
  return child_.running();
}

void EngineProcess::read() {
  for (;;) {
    const Result<process::Frame> frame = child_.channel().receive(-1, stop_.get());
    const Lock lock(mutex_);
    if (frame) {
      heard_boot_ms_ = clock_.boot_ms();
      questions_.take(frame->json, heard_boot_ms_);
      continue;
    }
    if (frame.error().code != "woken") end(frame.error());
    return;
  }
}

void EngineProcess::end(const Error& why) {
  if (end_) return;
  std::vector<Question> blamed = questions_.computed();
  if (why.code == "timeout") blamed = {questions_.next_out_of_time()};
  const std::int64_t time_ms = blamed.empty() ? 0 : blamed.front()->time_ms;
  end_on(std::move(blamed), engine_end(child_, why, "answer", why.code == "silent" ? stall_timeout_ms_ : time_ms));
}

void EngineProcess::end_on(std::vector<Question> questions, const Error& end) {
  ended_on_ = std::move(questions);
  end_ = end;
  questions_.ring_all();
}

Error EngineProcess::end_for(const Question& question) const {
  const bool is_blamed = std::ranges::find(ended_on_, question) != ended_on_.end();
  if (is_blamed && ended_on_.size() == 1) return *end_;
  if (is_blamed) {
    return transient_error(failed_together_code, "the engine ended (" + end_->code + ") while it answered " +
                                                     std::to_string(ended_on_.size()) + " questions together; each is asked again alone");
  }
  return transient_error(engine_lost_code, "the engine ended (" + end_->code + ") while this question waited; it is not the cause");
}

// Until something has happened to the question; errors as next_frame().
Status EngineProcess::wait(Lock& lock, const Question& question, int wake_fd) {
  // Whoever waits looks after the one that is computed: its own thread may have given up.
  const std::int64_t now_ms = clock_.boot_ms(), silence_left_ms = heard_boot_ms_ + stall_timeout_ms_ - now_ms;
  const std::optional<std::int64_t> left_ms = questions_.left_ms(now_ms);
  if (left_ms && *left_ms == 0) end(timed_out());
  if (left_ms && silence_left_ms <= 0) end(silent());
  if (end_) return end_for(question);
  lock.unlock();
  pollfd waiting[2] = {{question->bell.get(), POLLIN, 0}, {wake_fd, POLLIN, 0}};  // poll skips fd < 0
  const int timeout_ms = left_ms ? static_cast<int>(std::min({*left_ms, silence_left_ms, poll_ms_max})) : -1;
  if (::poll(waiting, 2, timeout_ms) < 0 && errno != EINTR) broken_invariant("an answer cannot be waited for");
  lock.lock();
  question->heard();
  if ((waiting[1].revents & POLLIN) != 0) return cancelled_error("woken", "the wait for the engine was given up on request");
  return {};
}

// Until it is the question's turn, which it has taken then: no other one gets to the channel before it, so that the engine receives
// them in the order that is kept here.
Status EngineProcess::take_turn(Lock& sending, const Question& question, int wake_fd) {
  Lock lock(mutex_);
  if (!child_.running()) end(transient_error("peer_gone", ""));
  questions_.add(question);
  while (end_ || !questions_.may_be_sent(question)) {
    sending.unlock();
    Status waited = wait(lock, question, wake_fd);
    if (!waited) {
      questions_.remove(question, clock_.boot_ms());
      return waited;
    }
    lock.unlock();
    sending.lock();  // always before mutex_
    lock.lock();
  }
  child_.note_work_begins();
  if (questions_.computed().empty()) heard_boot_ms_ = clock_.boot_ms();
  questions_.sent(question, next_id_++, clock_.boot_ms());
  return {};
}

Status EngineProcess::send(const Question& question, const std::function<nlohmann::json(int id)>& request,
                           const std::vector<int>& descriptors, int wake_fd) {
  Lock sending(sending_);
  if (Status taken = take_turn(sending, question, wake_fd); !taken) return taken;
  const std::int64_t deadline_ms = clock_.boot_ms() + question->time_ms;
  const Status sent = child_.channel().send(request(question->id), descriptors, deadline_ms);
  if (sent) return {};
  const Lock lock(mutex_);
  if (sent.error().code == "peer_gone" || sent.error().code == "timeout") end(sent.error());
  if (end_) return end_for(question);
  questions_.remove(question, clock_.boot_ms());
  return sent.error();
}

Result<nlohmann::json> EngineProcess::next_frame(const Question& question, int wake_fd) {
  Lock lock(mutex_);
  while (!question->end) {
    if (Status waited = wait(lock, question, wake_fd); !waited) {
      if (question->end) break;
      lock.unlock();
      if (waited.error().code == "woken") cancel(question);
      return waited.error();
    }
    if (question->progress) break;
  }
  std::optional<nlohmann::json>& frame = question->progress ? question->progress : question->end;
  return *std::exchange(frame, std::nullopt);
}

// The engine works on it until it sees the cancel. Its last words are dropped by the reading thread, and its place is free then.
void EngineProcess::cancel(const Question& question) {
  const std::lock_guard sending(sending_);
  const std::int64_t deadline_ms = clock_.boot_ms() + cancel_send_ms;
  if (Status sent = child_.channel().send({{"type", "cancel"}, {"id", question->id}}, {}, deadline_ms); !sent) {
    const Lock lock(mutex_);
    child_.kill_and_reap();  // half a frame may be on its way: nothing more can be said to it
  }
}

Error EngineProcess::garbled(const Question& question, const std::string& why) {
  const Lock lock(mutex_);
  child_.kill_and_reap();
  Error error = poison_error("engine_garbled", "the engine's answer cannot be right: " + why);
  if (!end_) end_on({question}, error);
  return error;
}

}  // namespace radfm::model
