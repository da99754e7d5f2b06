// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/change_reader.h"

#include <algorithm>
#include <map>
#include <string>

#include "core/log.h"

namespace radfm::plugin {

ChangeReader::ChangeReader(OrthancApi& orthanc, const Clock& clock, std::int64_t stable_age_ms)
    : orthanc_(orthanc), clock_(clock), stable_age_ms_(stable_age_ms), started_boot_ms_(clock.boot_ms()) {}

Status ChangeReader::remember_baseline() {
  if (baseline_) return {};
  const auto answer = orthanc_.get("/changes?last");
  if (!answer) return answer.error();
  const auto page = parse_change_page(*answer);
  if (!page) return page.error();
  baseline_ = page->last;
  return {};
}

Result<bool> ChangeReader::take_over(db::Queue& queue) {
  if (reconciliation_) return reconcile_page(queue);
  const auto cursor = queue.change_cursor();
  if (!cursor) return cursor.error();
  if (!*cursor) return start_fresh(queue);
  const std::int64_t since = **cursor;
  const auto answer =
      orthanc_.get("/changes?since=" + std::to_string(since) + "&limit=" + std::to_string(changes_per_page));
  if (!answer) return answer.error();
  const auto page = parse_change_page(*answer);
  if (!page) return page.error();
  if (page->last < since) return begin_reconciliation(queue, page->last);
  if (page->last == since) return false;
  const auto studies = studies_of(page->changes);
  if (!studies) return studies.error();
  if (const auto taken = queue.take_changes(page->last, *studies); !taken) return taken.error();
  failed_rounds_ = 0;
  return !page->done;
}

Result<bool> ChangeReader::start_fresh(db::Queue& queue) {
  if (const auto remembered = remember_baseline(); !remembered) return remembered.error();
  log_line(
      LogLevel::info, "changes",
      "a fresh queue: studies that arrive from now on are looked at; add older ones with radfmctl queue add");
  if (const auto taken = queue.take_changes(*baseline_, {}); !taken) return taken.error();
  return true;
}

Result<bool> ChangeReader::begin_reconciliation(db::Queue& queue, std::int64_t last) {
  log_line(LogLevel::warning, "changes",
           "Orthanc's last change (" + std::to_string(last) +
               ") is before the one taken over last: this is another index; all its studies are looked at");
  // First, and durably: should we die half way, the new index is read from its first change.
  if (const auto taken = queue.take_changes(0, {}); !taken) return taken.error();
  reconciliation_ = Reconciliation{last, 0};
  return true;
}

Result<bool> ChangeReader::reconcile_page(db::Queue& queue) {
  const auto answer = orthanc_.get("/studies?since=" + std::to_string(reconciliation_->studies) +
                                   "&limit=" + std::to_string(studies_per_page));
  if (!answer) return answer.error();
  const auto ids = parse_id_list(*answer);
  if (!ids) return ids.error();
  std::vector<db::PendingStudy> studies;
  for (const std::string& id : *ids) studies.push_back({id, clock_.wall_ms() + stable_age_ms_});
  const bool at_end = ids->size() < static_cast<std::size_t>(studies_per_page);
  const auto taken = queue.take_changes(at_end ? reconciliation_->last : 0, studies);
  if (!taken) return taken.error();
  reconciliation_->studies += static_cast<std::int64_t>(ids->size());
  if (at_end) {
    log_line(LogLevel::info, "changes",
             std::to_string(reconciliation_->studies) + " studies will be looked at");
    reconciliation_.reset();
  }
  return true;
}

Result<std::vector<db::PendingStudy>> ChangeReader::studies_of(const std::vector<Change>& changes) {
  const bool last_round = failed_rounds_ + 1 >= rounds_of_one_page_max &&
                          clock_.boot_ms() - first_failure_boot_ms_ >= patience_with_one_page_ms;
  std::map<std::string, std::int64_t> due;
  for (const Change& change : changes) {
    const auto state = study_of(change);
    if (!state) {
      // /changes was answered a moment ago: Orthanc is there and refuses this one resource.
      if (!last_round) {
        if (failed_rounds_++ == 0) first_failure_boot_ms_ = clock_.boot_ms();
        return state.error();
      }
      leave_behind(change, state.error());
      continue;
    }
    if (*state) due[(*state)->orthanc_id] = due_ms(change, **state);  // the last word on a study counts
  }
  std::vector<db::PendingStudy> studies;
  studies.reserve(due.size());
  for (const auto& [id, wall_ms] : due) studies.push_back({id, wall_ms});
  return studies;
}

Result<std::optional<StudyState>> ChangeReader::study_of(const Change& change) {
  std::string path;
  switch (change.kind) {
    case ChangeKind::instance_arrived:
      path = "/instances/" + change.resource_id + "/study";
      break;
    case ChangeKind::series_arrived:
      path = "/series/" + change.resource_id + "/study";
      break;
    case ChangeKind::study_arrived:
    case ChangeKind::study_stable:
      path = "/studies/" + change.resource_id;
      break;
  }
  const auto answer = orthanc_.get(path);
  if (!answer && answer.error().code == not_found_code) return std::optional<StudyState>();
  if (!answer) return answer.error();
  const auto state = parse_study_state(*answer);
  if (!state) return state.error();
  return std::optional<StudyState>(*state);
}

void ChangeReader::leave_behind(const Change& change, const Error& error) {
  const std::string sentence = "change " + std::to_string(change.sequence) + " (" + change.resource_id +
                               ") was left behind: " + error.message +
                               "; if its study gets no job, add it with radfmctl queue add";
  if (std::find(left_behind_.begin(), left_behind_.end(), sentence) != left_behind_.end()) return;
  log_line(LogLevel::error, "changes", sentence);
  left_behind_.push_back(sentence);
  if (left_behind_.size() > left_behind_shown_max) left_behind_.erase(left_behind_.begin());
}

std::int64_t ChangeReader::started_wall_ms() const {
  return clock_.wall_ms() - (clock_.boot_ms() - started_boot_ms_);
}

std::int64_t ChangeReader::due_ms(const Change& change, const StudyState& state) const {
  const std::int64_t now = clock_.wall_ms();
  if (change.kind == ChangeKind::study_stable) return now;
  const std::int64_t updated = std::max(state.last_update_ms.value_or(now), started_wall_ms());
  return std::min(updated, now) + stable_age_ms_;  // a stepped clock must not put a study off for long
}

}  // namespace radfm::plugin
