// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_questions.h"

#include <sys/eventfd.h>

#include <algorithm>

#include "core/result.h"
#include "pipeline/process/json_field.h"

namespace radfm::model {

EngineQuestion::EngineQuestion(bool is_urgent, std::int64_t time_limit_ms)
    : urgent(is_urgent), time_ms(time_limit_ms), left_ms(time_limit_ms), bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell.valid()) broken_invariant("no event descriptor can be made");
}

void EngineQuestion::ring() const { ::eventfd_write(bell.get(), 1); }  // fails only when it rings already

void EngineQuestion::heard() const {
  eventfd_t count = 0;
  ::eventfd_read(bell.get(), &count);
}

void EngineQuestions::add(const Question& question) { questions_.push_back(question); }

bool EngineQuestions::may_be_sent(const Question& question) const {
  for (const Question& other : questions_) {
    if (other == question) return question->id == 0;
    if (other->urgent == question->urgent) return false;  // with the engine, or waiting longer
  }
  return false;
}

void EngineQuestions::sent(const Question& question, int id, std::int64_t now_boot_ms) {
  question->id = id;
  if (!computed_) compute(question, now_boot_ms);
}

EngineQuestions::Question EngineQuestions::with_engine(int id) const {
  const auto found = std::ranges::find_if(questions_, [&](const Question& q) { return q->id == id && id != 0; });
  return found == questions_.end() ? nullptr : *found;
}

EngineQuestions::Question EngineQuestions::next_with_engine() const {
  Question next;
  for (const Question& question : questions_) {
    if (question->id != 0 && (!next || question->urgent)) next = question;
  }
  return next;
}

void EngineQuestions::compute(const Question& question, std::int64_t now_boot_ms) {
  if (question == computed_) return;
  if (computed_) computed_->left_ms -= now_boot_ms - computed_since_boot_ms_;
  computed_ = question;
  computed_since_boot_ms_ = now_boot_ms;
  ring_all();  // each waits as long as the one that is computed may take
}

void EngineQuestions::take_progress(const Question& question, const nlohmann::json& frame, std::int64_t now_boot_ms) {
  if (process::text_field(frame, "stage") == "waiting") {
    const Question next = next_with_engine();
    if (question->urgent || !next->urgent) return;
    compute(next, now_boot_ms);
  } else {
    compute(question, now_boot_ms);
  }
  question->progress = frame;
  question->ring();
}

void EngineQuestions::take(const nlohmann::json& frame, std::int64_t now_boot_ms) {
  const Question question = with_engine(process::int_field(frame, "id"));
  if (!question) return;
  const std::string type = process::text_field(frame, "type");
  if (type == "progress") return take_progress(question, frame, now_boot_ms);
  if (type != "result" && type != "error") return;
  question->end = frame;
  remove(question, now_boot_ms);
  question->ring();  // it is no longer among them
}

void EngineQuestions::remove(const Question& question, std::int64_t now_boot_ms) {
  questions_.remove(question);
  if (computed_ == question) compute(next_with_engine(), now_boot_ms);
  ring_all();  // another one may be sent
}

std::optional<std::int64_t> EngineQuestions::left_ms(std::int64_t now_boot_ms) const {
  if (!computed_) return std::nullopt;
  return std::max<std::int64_t>(0, computed_->left_ms - (now_boot_ms - computed_since_boot_ms_));
}

void EngineQuestions::ring_all() const {
  for (const Question& question : questions_) question->ring();
}

}  // namespace radfm::model
