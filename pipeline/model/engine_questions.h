// SPDX-License-Identifier: Apache-2.0
// The questions of all threads to one engine, as its client keeps them: whose turn it is to be sent, which ones the engine
// computes, whose time runs, and which ones it died on. As many ordinary questions as it makes together, and one urgent one, are
// with the engine (engine_requests.h); the others wait here, each kind in the order of arrival. One that is to be answered alone
// is sent when no other ordinary one is with the engine, and none is sent beside it.
//
// Only the time of those that the engine computes runs, and each pays its share of it: a question that waits, here or put aside in
// the engine, cannot run out of time and is not to blame for the engine's end, and none runs out of it because of those beside it.
// Which ones they are follows from what was sent and from the engine's frames. An engine that lies about it gains nothing: at each
// moment somebody's time runs.
//
// Not safe from several threads: the client's mutex guards it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "pipeline/model/engine_turn.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::model {

struct EngineQuestion {
  EngineQuestion(EngineTurn how, std::int64_t time_limit_ms);
  bool is_urgent() const { return turn == EngineTurn::urgent; }
  void ring() const;   // something has happened to it
  void heard() const;  // by the thread that asks

  const EngineTurn turn;
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

  // `together_max`: ordinary questions that the engine takes at once.
  explicit EngineQuestions(int together_max = 1) : together_max_(together_max) {}

  void add(const Question& question);
  // Not sent, the first of its kind that is not, and the engine has room for it beside those of its kind.
  bool may_be_sent(const Question& question) const;
  void sent(const Question& question, int id, std::int64_t now_boot_ms);
  // A frame of the engine. One of a question that is not with it is dropped, and so is "waiting" without a cause.
  void take(const nlohmann::json& frame, std::int64_t now_boot_ms);
  void remove(const Question& question, std::int64_t now_boot_ms);  // that did not get to the engine

  // An urgent one, or ordinary ones; none when nothing is with the engine.
  const std::vector<Question>& computed() const { return computed_; }
  // Of those the one whose time is over first; null when none is computed.
  Question next_out_of_time() const;
  // Until then, if the same ones are computed; nothing when none is.
  std::optional<std::int64_t> left_ms(std::int64_t now_boot_ms) const;
  void ring_all() const;

 private:
  Question with_engine(int id) const;
  Question next_with_engine() const;  // an urgent one first
  void compute(std::vector<Question> questions, std::int64_t now_boot_ms);
  void begins(const Question& question, std::int64_t now_boot_ms);
  void waits(const Question& question, std::int64_t now_boot_ms);
  void take_progress(const Question& question, const nlohmann::json& frame, std::int64_t now_boot_ms);

  const int together_max_;
  std::list<Question> questions_;  // in the order of arrival
  std::vector<Question> computed_;
  std::int64_t computed_since_boot_ms_ = 0;
};

}  // namespace radfm::model
