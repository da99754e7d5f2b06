// SPDX-License-Identifier: Apache-2.0
// One running engine behind EngineClient (engine_client.h): the process, the thread that reads its channel, and the questions of
// all threads. Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/result.h"
#include "pipeline/model/engine_questions.h"
#include "pipeline/process/child_process.h"

namespace radfm::model {

// What a failed send to the engine or receive from it means. An engine that cannot be understood or does not answer is killed.
// "timeout" and "silent" (nothing came for `limit_ms`) are told in words with `doing` and `limit_ms`.
Error engine_end(process::ChildProcess& child, const Error& why, const std::string& doing, std::int64_t limit_ms);

class EngineProcess {
 public:
  using Question = EngineQuestions::Question;

  // Its model is loaded. `stall_timeout_ms`: how long it may say nothing while it computes; `jobs_at_once`: ordinary questions that it
  // takes at once.
  EngineProcess(process::ChildProcess child, std::int64_t stall_timeout_ms, int jobs_at_once);
  ~EngineProcess();  // ends the engine
  EngineProcess(const EngineProcess&) = delete;
  EngineProcess& operator=(const EngineProcess&) = delete;

  bool alive();
  pid_t pid() const { return child_.pid(); }

  // Sends the question when it is its turn. Errors: engine_lost_code, failed_together_code, cancelled "woken".
  Status send(const Question& question, const std::function<nlohmann::json(int id)>& request, const std::vector<int>& descriptors,
              int wake_fd);
  // The next frame of a question that was sent: a progress frame (older ones may be left out), or its last one. Errors: the engine's
  // end, as it concerns this question (engine_client.h); cancelled "woken": the engine is told, and the question is over.
  Result<nlohmann::json> next_frame(const Question& question, int wake_fd);
  // Kills an engine whose answer to the question cannot be right.
  Error garbled(const Question& question, const std::string& why);

 private:
  using Lock = std::unique_lock<std::mutex>;
  void read();
  void end(const Error& why);  // with mutex_, as the three below
  void end_on(std::vector<Question> questions, const Error& end);
  Status wait(Lock& lock, const Question& question, int wake_fd);
  Error end_for(const Question& question) const;
  Status take_turn(Lock& sending, const Question& question, int wake_fd);
  void cancel(const Question& question);

  const SystemClock clock_;
  const std::int64_t stall_timeout_ms_;
  process::ChildProcess child_;
  process::FileDescriptor stop_;  // readable when the reading thread must end
  std::mutex sending_;            // the channel has one sender at a time
  std::mutex mutex_;              // guards all below, and the child's state
  EngineQuestions questions_;
  std::int64_t heard_boot_ms_ = 0;  // when its last frame came, or it was given a question while it computed none
  int next_id_ = 1;
  std::optional<Error> end_;        // of the engine, as it concerns the question that it computed
  std::vector<Question> ended_on_;  // of one of these; of none when it computed none
  std::thread reader_;              // last: it uses all of the above
};

}  // namespace radfm::model
