// SPDX-License-Identifier: Apache-2.0
#include "worker/health.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <filesystem>

namespace radfm::worker {

template <class Change>
void Health::change(const Change& change) {
  const std::lock_guard lock(mutex_);
  change();
  std::string note = health_note(judged());
  if (note == note_) return;
  note_ = std::move(note);
  changed_(note_);
}

void Health::trouble(Part part, std::string_view code, std::string text) {
  change([&] { troubles_[part] = {std::string(code), std::move(text)}; });
}

void Health::over(Part part) {
  change([&] { troubles_.erase(part); });
}

void Health::ready() {
  change([&] {
    was_ready_ = true;
    troubles_.erase(Part::model);
    troubles_.erase(Part::queue);
  });
}

void Health::drain(std::string why) {
  change([&] {
    if (draining_.empty()) draining_ = std::move(why);
  });
}

WorkerHealth Health::now() const {
  const std::lock_guard lock(mutex_);
  return judged();
}

WorkerHealth Health::judged() const {
  WorkerHealth health;
  if (!draining_.empty()) health.reasons.push_back({"asked_to_end", draining_});
  bool only_loading = true;
  for (const auto& [part, reason] : troubles_) {
    health.reasons.push_back(reason);
    only_loading = only_loading && reason.code == health_model_loading;
  }
  if (!draining_.empty()) {
    health.state = WorkerState::draining;
  } else if (troubles_.empty()) {
    health.state = was_ready_ ? WorkerState::ready : WorkerState::starting;
  } else {
    health.state = only_loading && !was_ready_ ? WorkerState::starting : WorkerState::degraded;
  }
  return health;
}

void look_at_disk(Health& health, const std::string& file, std::int64_t free_mb_min) {
  const std::string folder = std::filesystem::absolute(file).parent_path().string();
  struct statvfs room {};
  if (::statvfs(folder.c_str(), &room) != 0) return;  // whoever uses it says what is wrong
  const std::int64_t free_mb = static_cast<std::int64_t>(room.f_bavail) * static_cast<std::int64_t>(room.f_frsize) >> 20;
  if (free_mb >= free_mb_min) return health.over(Health::Part::disk);
  health.trouble(Health::Part::disk, health_disk_nearly_full, "less than " + std::to_string(free_mb_min) + " MB are free in " + folder);
}

}  // namespace radfm::worker
