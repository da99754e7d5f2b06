// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/alert_trail.h"

#include <algorithm>

namespace radfm::plugin {
namespace {

// "engine_crashed: the engine ...": only its first word goes anywhere.
std::string code_of(const std::string& detail) {
  const std::string code = detail.substr(0, detail.find(':'));
  const bool is_code = std::ranges::all_of(code, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  return is_code && !code.empty() && code.size() <= 64 ? code : "unknown";
}

// The last entry before the first that is later than that. All of the trail is read, once in a file's life.
Result<db::AuditPosition> last_until(db::AuditTrail& trail, std::int64_t wall_ms) {
  db::AuditPosition last;
  while (true) {
    const auto entries = trail.entries(last.entry, db::entries_per_read_max);
    if (!entries) return entries.error();
    for (const db::AuditEntry& entry : *entries) {
      if (entry.event.wall_ms > wall_ms) return last;
      last = {entry.event.id, entry.hash};
    }
    if (entries->empty()) return last;
  }
}

}  // namespace

void AlertTrail::forget() {
  stored_.reset();
  read_to_ = {};
  told_ = false;
  untold_.reset();
}

Status AlertTrail::begin(db::AuditTrail& trail, std::int64_t wanted_since_wall_ms) {
  auto stored = trail.position(position_name_);
  if (!stored) return stored.error();
  if (!*stored) {
    const auto first = last_until(trail, wanted_since_wall_ms);
    if (!first) return first.error();
    if (Status moved = trail.move_position(position_name_, std::nullopt, *first); !moved) return moved;
    *stored = *first;
  }
  stored_ = read_to_ = **stored;
  return {};
}

Status AlertTrail::look(db::AuditTrail& trail, db::Queue& queue, std::int64_t now_wall_ms, std::int64_t wanted_since_wall_ms) {
  const auto newest = trail.newest_number_given();
  if (!newest) return newest.error();
  if (*newest < read_to_.entry) forget();  // the file is an older one: its own row says how far it was told
  if (!stored_) {
    if (Status begun = begin(trail, wanted_since_wall_ms); !begun) return begun;
  }
  for (int page = 0; page < alert_pages_per_look && read_to_.entry < *newest; ++page) {
    const auto entries = trail.entries(read_to_.entry, db::entries_per_read_max);
    if (!entries) return entries.error();
    for (const db::AuditEntry& entry : *entries) {
      if (Status taken = take(entry, queue, now_wall_ms); !taken) return taken;
      read_to_ = {entry.event.id, entry.hash};
    }
    if (entries->size() < static_cast<std::size_t>(db::entries_per_read_max)) break;
  }
  return {};
}

Status AlertTrail::take(const db::AuditEntry& entry, db::Queue& queue, std::int64_t now_wall_ms) {
  const db::Event& event = entry.event;
  if (now_wall_ms - event.wall_ms > alert_age_max_ms) return {};
  if (about_ == About::deaths && event.kind == "dead") {
    DeadJob dead{event.job, code_of(event.detail), "", event.wall_ms};
    if (!untold_ || untold_->jobs.size() < alert_jobs_shown_max) {
      const auto job = queue.job(event.job);
      if (!job) return job.error();
      if (*job) dead.rule = (*job)->rule_name;
    }
    if (!untold_) untold_.emplace();
    untold_->add(std::move(dead));
  } else if (about_ == About::worker && (event.kind == "worker_silent" || event.kind == "worker_heard")) {
    untold_.emplace();
    untold_->event = event.kind == "worker_silent" ? AlertEvent::worker_silent : AlertEvent::worker_back;
    untold_->since = event.detail;
  }
  return {};
}

bool AlertTrail::is_to_remember() const {
  if (!stored_ || untold_ || read_to_ == *stored_) return false;
  return told_ || read_to_.entry - stored_->entry >= position_steps_max;
}

Status AlertTrail::remember(db::AuditTrail& trail) {
  if (!is_to_remember()) return {};
  Status moved = trail.move_position(position_name_, stored_, read_to_);
  if (!moved && moved.error().code == "position_moved") forget();
  if (!moved) return moved;
  stored_ = read_to_;
  told_ = false;
  return {};
}

}  // namespace radfm::plugin
