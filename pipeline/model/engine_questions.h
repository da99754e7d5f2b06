// SPDX-License-Identifier: Apache-2.0
// The questions of all threads to one engine, as its client keeps them: whose turn it is to be sent, which one the engine
// computes, whose time runs, and which one it died on. One ordinary and one urgent question at most are with the engine
// (engine_requests.h); the others wait here, each kind in the order of arrival.
//
// The engine computes one question at a time, and only that one's time runs: a question that waits, here or put aside in the
// engine, cannot run out of it and is not to blame for the engine's end. Which one it is follows from what was sent and from
// the engine's frames. An engine that lies about it gains nothing: at each moment the time of one of them runs.
//
// Not safe from several threads: the client's mutex guards it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "pipeline/process/file_descriptor.h"

namespace radfm::model {

struct EngineQuestion {
  EngineQuestion(bool is_urgent, std::int64_t time_limit_ms);
  void ring() const;   // something has happened to it
  void heard() const;  // by the thread that asks

  const bool urgent;
  const std::int64_t time_ms;
  std::int64_t left_ms;  // of time_ms, when it was last charged
  int id = 0;            // 0: not sent yet
  // Frames that its asker has not seen yet: of those that tell how far it is the last one only.
  std::optional<nlohmann::json> progress, end;
  process::FileDescriptor bell;  // readable since ring()
};

class EngineQuestions {
 public:
  using Question = std::shared_ptr<EngineQuestion>;

  void add(const Question& question);
  // Not sent, the first of its kind, and none of its kind is with the engine.
  bool may_be_sent(const Question& question) const;
  void sent(const Question& question, int id, std::int64_t now_boot_ms);
  // A frame of the engine. One of a question that is not with it is dropped, and so is "waiting" without a cause.
  void take(const nlohmann::json& frame, std::int64_t now_boot_ms);
  void remove(const Question& question, std::int64_t now_boot_ms);  // that did not get to the engine

  const Question& computed() const { return computed_; }  // may be null
  // What is left of the time of the one that is computed; nothing when none is.
  std::optional<std::int64_t> left_ms(std::int64_t now_boot_ms) const;
  void ring_all() const;

 private:
  Question with_engine(int id) const;
  Question next_with_engine() const;  // an urgent one first
  void compute(const Question& question, std::int64_t now_boot_ms);
  void take_progress(const Question& question, const nlohmann::json& frame, std::int64_t now_boot_ms);

  std::list<Question> questions_;  // in the order of arrival
  Question computed_;
  std::int64_t computed_since_boot_ms_ = 0;
};

}  // namespace radfm::model
