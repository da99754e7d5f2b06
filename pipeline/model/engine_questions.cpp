// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_questions.h"

#include <sys/eventfd.h>

#include <algorithm>

#include "core/result.h"
#include "pipeline/process/json_field.h"

namespace radfm::model {

EngineQuestion::EngineQuestion(EngineTurn how, std::int64_t time_limit_ms)
    : turn(how), time_ms(time_limit_ms), left_ms(time_limit_ms), bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!bell.valid()) broken_invariant("no event descriptor can be made");
}

void EngineQuestion::ring() const { ::eventfd_write(bell.get(), 1); }  // fails only when it rings already

void EngineQuestion::heard() const {
  eventfd_t count = 0;
  ::eventfd_read(bell.get(), &count);
}

void EngineQuestions::add(const Question& question) { questions_.push_back(question); }

bool EngineQuestions::may_be_sent(const Question& question) const {
  const int room = question->turn == EngineTurn::together ? together_max_ : 1;
  int beside = 0;
  for (const Question& other : questions_) {
    if (other == question) return question->id == 0 && beside < room;
    if (other->is_urgent() != question->is_urgent()) continue;
    if (other->id == 0 || other->turn == EngineTurn::alone) return false;  // it has waited longer, or is to be alone
    ++beside;
  }
  return false;
}

void EngineQuestions::sent(const Question& question, int id, std::int64_t now_boot_ms) {
  question->id = id;
  if (computed_.empty()) compute({question}, now_boot_ms);
}

EngineQuestions::Question EngineQuestions::with_engine(int id) const {
  const auto found = std::ranges::find_if(questions_, [&](const Question& q) { return q->id == id && id != 0; });
  return found == questions_.end() ? nullptr : *found;
}

EngineQuestions::Question EngineQuestions::next_with_engine() const {
  Question next;
  for (const Question& question : questions_) {
    if (question->id != 0 && (!next || (question->is_urgent() && !next->is_urgent()))) next = question;
  }
  return next;
}

// Each of those that were computed until now has had its share of the time, rounded up: no engine wins time by many changes.
void EngineQuestions::compute(std::vector<Question> questions, std::int64_t now_boot_ms) {
  if (questions == computed_) return;
  const auto sharers = static_cast<std::int64_t>(computed_.size());
  for (const Question& question : computed_) question->left_ms -= (now_boot_ms - computed_since_boot_ms_ + sharers - 1) / sharers;
  computed_ = std::move(questions);
  computed_since_boot_ms_ = now_boot_ms;
  ring_all();  // each waits as long as those that are computed may take
}

void EngineQuestions::begins(const Question& question, std::int64_t now_boot_ms) {
  if (std::ranges::find(computed_, question) != computed_.end()) return;
  std::vector<Question> together;
  const bool urgent_was = !computed_.empty() && computed_.front()->is_urgent();
  if (!question->is_urgent() && !urgent_was) together = computed_;
  together.push_back(question);
  compute(std::move(together), now_boot_ms);
}

// Put aside, or no longer there.
void EngineQuestions::waits(const Question& question, std::int64_t now_boot_ms) {
  std::vector<Question> others = computed_;
  std::erase(others, question);
  if (const Question next = others.empty() ? next_with_engine() : nullptr) others.push_back(next);
  compute(std::move(others), now_boot_ms);
}

void EngineQuestions::take_progress(const Question& question, const nlohmann::json& frame, std::int64_t now_boot_ms) {
  if (process::text_field(frame, "stage") == "waiting") {
    if (question->is_urgent() || !next_with_engine()->is_urgent()) return;
    waits(question, now_boot_ms);
  } else {
    begins(question, now_boot_ms);
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
  waits(question, now_boot_ms);
  ring_all();  // another one may be sent
}

EngineQuestions::Question EngineQuestions::next_out_of_time() const {
  const auto next = std::ranges::min_element(computed_, {}, [](const Question& question) { return question->left_ms; });
  return next == computed_.end() ? nullptr : *next;
}

std::optional<std::int64_t> EngineQuestions::left_ms(std::int64_t now_boot_ms) const {
  const Question next = next_out_of_time();
  if (!next) return std::nullopt;
  const auto sharers = static_cast<std::int64_t>(computed_.size());
  return std::max<std::int64_t>(0, next->left_ms * sharers - (now_boot_ms - computed_since_boot_ms_));
}

void EngineQuestions::ring_all() const {
  for (const Question& question : questions_) question->ring();
}

}  // namespace radfm::model
