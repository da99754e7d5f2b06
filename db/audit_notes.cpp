// SPDX-License-Identifier: Apache-2.0
#include "db/audit_notes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace radfm::db {

bool AuditNotes::is_repeated(const AuditNote& note) {
  const std::int64_t now = clock_.boot_ms();
  std::string what;
  for (const std::string* part : {&note.kind, &note.detail, &note.actor, &note.sr_sop_instance_uid}) what.append(*part).push_back('\0');
  what += std::to_string(note.job);
  if (const auto found = noted_at_.find(what); found != noted_at_.end() && now - found->second < repeat_ms) return true;
  if (noted_at_.size() >= remembered_max) {
    std::erase_if(noted_at_, [&](const auto& each) { return now - each.second >= repeat_ms; });
    if (noted_at_.size() >= remembered_max) noted_at_.clear();  // an entry too many is better than one too few
  }
  noted_at_[what] = now;
  return false;
}

void AuditNotes::add(AuditNote note) {
  if (note.wall_ms == 0) note.wall_ms = clock_.wall_ms();
  const std::lock_guard lock(mutex_);
  if (is_repeated(note)) return;
  if (waiting_.size() >= waiting_max) {
    ++lost_;
  } else {
    waiting_.push_back(std::move(note));
  }
}

std::vector<AuditNote> AuditNotes::take() {
  const std::lock_guard lock(mutex_);
  std::vector<AuditNote> taken = std::exchange(waiting_, {});
  if (lost_ > 0) {
    taken.push_back({"notes_lost", std::to_string(std::exchange(lost_, 0)) + " entries had no room while nothing could be written", actor_,
                     0, {}, clock_.wall_ms()});
  }
  return taken;
}

void AuditNotes::put_back(std::vector<AuditNote> notes) {
  const std::lock_guard lock(mutex_);
  notes.insert(notes.end(), std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_ = std::move(notes);
  if (waiting_.size() > waiting_max) {
    lost_ += static_cast<std::int64_t>(waiting_.size() - waiting_max);
    waiting_.resize(waiting_max);
  }
}

}  // namespace radfm::db
