// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/change_reader.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/log.h"

namespace radfm::plugin {
namespace {

bool names_study(const Change& change) {
  return change.kind == ChangeKind::study_arrived || change.kind == ChangeKind::study_stable;
}

std::vector<StudyState> values_of(const std::map<std::string, StudyState>& studies) {
  std::vector<StudyState> states;
  states.reserve(studies.size());
  for (const auto& [id, state] : studies) states.push_back(state);
  return states;
}

}  // namespace

ChangeReader::ChangeReader(OrthancApi& orthanc, const Arrivals& arrivals, IndexLogbook& logbook, const Clock& clock,
                           std::int64_t stable_age_ms)
    : orthanc_(orthanc),
      arrivals_(arrivals),
      logbook_(logbook),
      clock_(clock),
      stable_age_ms_(stable_age_ms),
      started_boot_ms_(clock.boot_ms()) {}

Status ChangeReader::remember_baseline() {
  if (baseline_) return {};
  const auto page = changes("last");
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
  const auto page = page_after(since);
  if (!page) return page.error();
  const auto why = doubt(since, *page);
  if (!why) return why.error();
  if (!why->empty()) return begin_reconciliation(queue, *why);
  index_known_ = true;
  if (page->last == since) return false;
  auto studies = pending_of(since, *page);
  if (!studies) return studies.error();
  if (const Status written = logbook_.will_take_over(page->last); !written) return written.error();
  if (const auto taken = note(queue, page->last, *studies); !taken) return taken.error();
  logbook_.has_taken_over();
  failed_rounds_ = 0;
  return !page->done;
}

Status ChangeReader::note(db::Queue& queue, std::int64_t cursor, std::vector<db::PendingStudy>& studies) {
  // The logbook was written since their due times were reckoned. Was the clock set back meanwhile, they are of tomorrow, and the
  // queue cannot see it: it only knows when they were noted.
  const std::int64_t latest = clock_.wall_ms() + stable_age_ms_ + stable_word_late_ms + DueOrder::same_moment_max;
  for (db::PendingStudy& study : studies) study.due_wall_ms = std::min(study.due_wall_ms, latest);
  return queue.take_changes(cursor, studies);
}

Result<ChangePage> ChangeReader::changes(const std::string& query) {
  const auto answer = orthanc_.get("/changes?" + query);
  if (!answer) return answer.error();
  return parse_change_page(*answer);
}

Result<ChangePage> ChangeReader::page_after(std::int64_t since) {
  const auto question = [](std::int64_t after) {
    return "since=" + std::to_string(after) + "&limit=" + std::to_string(changes_per_question);
  };
  auto page = changes(question(since));
  while (page && !page->done && page->last - since <= changes_per_page - changes_per_question) {
    auto next = changes(question(page->last));
    if (!next) return next;
    if (next->first != page->last + 1) break;  // some are missing: doubted when they come first
    page->changes.insert(page->changes.end(), std::make_move_iterator(next->changes.begin()), std::make_move_iterator(next->changes.end()));
    page->last = next->last;
    page->done = next->done;
  }
  return page;
}

Result<bool> ChangeReader::start_fresh(db::Queue& queue) {
  if (const auto remembered = remember_baseline(); !remembered) return remembered.error();
  // A queue whose file was lost goes on where it was, by the logbook; a first one begins at Orthanc's start.
  const std::int64_t known = logbook_.in_queue();
  const std::int64_t begin = known >= 0 ? std::min(known, *baseline_) : *baseline_;
  log_line(
      LogLevel::info, "changes",
      "a fresh queue: studies that arrive from now on are looked at; add older ones with radfmctl queue add");
  if (const Status written = logbook_.will_take_over(begin); !written) return written.error();
  if (const auto taken = queue.take_changes(begin, {}); !taken) return taken.error();
  logbook_.has_taken_over();
  return true;
}

Result<std::string> ChangeReader::doubt(std::int64_t since, const ChangePage& page) {
  if (page.last < since)
    return "Orthanc's last change (" + std::to_string(page.last) + ") is before the one taken over last";
  if (!index_known_ && logbook_.taken_over() < since)
    return std::string("changes up to ") + std::to_string(since) + " were taken over, and none so late of this index";
  if (page.last == since || page.first == since + 1) return std::string();
  // Changes are missing. Deleting a study deletes its changes; clearing the list deletes all that there were.
  const auto beginning = changes("since=0&limit=1");
  if (!beginning) return beginning.error();
  if (beginning->first > 0 && beginning->first <= since) return std::string();
  return "the list of changes was cleared before change " + std::to_string(since + 1) + " was taken over";
}

Result<bool> ChangeReader::begin_reconciliation(db::Queue& queue, const std::string& why) {
  const auto page = changes("last");
  if (!page) return page.error();
  log_line(LogLevel::warning, "changes", why + ": all studies in Orthanc are looked at");
  // First, and durably: should we die half way, the list is read from its first change.
  if (const auto taken = queue.take_changes(0, {}); !taken) return taken.error();
  reconciliation_ = Reconciliation{page->last, 0};
  return true;
}

Result<bool> ChangeReader::reconcile_page(db::Queue& queue) {
  const std::int64_t begin = std::max<std::int64_t>(reconciliation_->studies - studies_overlap, 0);
  const auto answer =
      orthanc_.get("/studies?since=" + std::to_string(begin) + "&limit=" + std::to_string(studies_per_page));
  if (!answer) return answer.error();
  const auto ids = parse_id_list(*answer);
  if (!ids) return ids.error();
  std::vector<db::PendingStudy> studies;
  for (const std::string& id : *ids)
    studies.push_back({id, age_order_.next(clock_.wall_ms() + stable_age_ms_), true});  // one that is due stays due
  const bool at_end = ids->size() < static_cast<std::size_t>(studies_per_page);
  if (at_end)
    if (const Status written = logbook_.will_take_over(reconciliation_->last); !written) return written.error();
  const auto taken = note(queue, at_end ? reconciliation_->last : 0, studies);
  if (!taken) return taken.error();
  reconciliation_->studies = begin + static_cast<std::int64_t>(ids->size());
  if (at_end) {
    log_line(LogLevel::info, "changes",
             std::to_string(reconciliation_->studies) + " studies will be looked at");
    reconciliation_.reset();
    index_known_ = true;
    logbook_.has_taken_over();
  }
  return true;
}

Result<std::vector<db::PendingStudy>> ChangeReader::pending_of(std::int64_t since, const ChangePage& page) {
  const std::string what = "the changes after " + std::to_string(since);
  const bool suspect = logbook_.deaths(what) > 0;
  if (!suspect)
    if (const Status written = logbook_.begin(what); !written) return written.error();
  auto states = suspect ? studies_one_by_one(page.changes) : studies_at_once(page.changes);
  if (!states && !suspect) states = studies_one_by_one(page.changes);
  if (!states) return states.error();
  logbook_.acquit(what);
  return in_order(page, std::move(*states));
}

std::vector<db::PendingStudy> ChangeReader::in_order(const ChangePage& page, std::vector<StudyState> states) {
  std::map<std::string, std::size_t> place;  // of a study in `studies`
  std::vector<db::PendingStudy> studies;
  const auto put = [&](const std::string& id, std::int64_t due_ms) {
    const auto [known, fresh] = place.emplace(id, studies.size());
    if (fresh)
      studies.push_back({id, due_ms});
    else
      studies[known->second].due_wall_ms = due_ms;
  };
  // In the order of their StableStudy; a study that has grown since then is put off below.
  for (const Change& change : page.changes)
    if (change.kind == ChangeKind::study_stable) {
      const std::int64_t now = clock_.wall_ms();
      const std::int64_t logged = std::min(change.logged_ms.value_or(now), now);
      put(change.resource_id, stable_order_.next(logged - DueOrder::same_moment_max - 1));
    }
  std::stable_sort(states.begin(), states.end(), [](const StudyState& one, const StudyState& other) {
    return one.last_update_ms.value_or(0) < other.last_update_ms.value_or(0);
  });
  for (const StudyState& state : states)
    if (!state.is_stable || place.count(state.orthanc_id) == 0)
      put(state.orthanc_id, age_order_.next(due_by_age_ms(state, state.is_stable && !page.done)));
  return studies;
}

std::set<std::string> ChangeReader::resources_to_ask_about(const std::vector<Change>& changes) const {
  std::set<std::string> ids, series;
  for (const Change& change : changes)
    if (change.kind == ChangeKind::instance_arrived) {
      const auto arrival = arrivals_.find(change.resource_id);
      ids.insert(arrival ? arrival->orthanc_study_id : change.resource_id);
      if (arrival) series.insert(arrival->image.orthanc_series_id);
    }
  for (const Change& change : changes)
    if (change.kind == ChangeKind::study_arrived || (change.kind == ChangeKind::series_arrived && series.count(change.resource_id) == 0))
      ids.insert(change.resource_id);
  return ids;
}

Result<std::vector<StudyState>> ChangeReader::studies_at_once(const std::vector<Change>& changes) {
  const std::set<std::string> ids = resources_to_ask_about(changes);
  std::map<std::string, StudyState> studies;
  for (auto next = ids.begin(); next != ids.end();) {
    nlohmann::json resources = nlohmann::json::array();
    for (; next != ids.end() && resources.size() < studies_per_question; ++next) resources.push_back(*next);
    const nlohmann::json question = {{"Resources", std::move(resources)}, {"Level", "Study"}};
    const auto answer = orthanc_.post("/tools/bulk-content", question.dump());
    if (!answer) return answer.error();
    auto states = parse_study_states(*answer);
    if (!states) return states;
    for (StudyState& state : *states) studies.insert_or_assign(state.orthanc_id, std::move(state));
  }
  return values_of(studies);
}

Result<std::vector<StudyState>> ChangeReader::studies_one_by_one(const std::vector<Change>& changes) {
  const bool last_round = failed_rounds_ + 1 >= rounds_of_one_page_max &&
                          clock_.boot_ms() - first_failure_boot_ms_ >= patience_with_one_page_ms;
  std::map<std::string, StudyState> studies;
  std::set<std::string> asked;
  for (const Change& change : changes) {
    if (change.kind == ChangeKind::study_stable || !asked.insert(change.resource_id).second) continue;
    const std::string what = (names_study(change) ? "the new study " : "the change of ") + change.resource_id;
    if (logbook_.must_leave_behind(what)) {
      leave_behind(change, "Orthanc died over it");
      continue;
    }
    if (const Status written = logbook_.begin(what); !written) return written.error();
    const auto state = study_of(change);
    if (!state) {
      // /changes was answered a moment ago: Orthanc is there and refuses this one resource.
      if (!last_round) {
        if (failed_rounds_++ == 0) first_failure_boot_ms_ = clock_.boot_ms();
        return state.error();
      }
      leave_behind(change, state.error().message);
      continue;
    }
    logbook_.acquit(what);
    if (*state) studies[(*state)->orthanc_id] = **state;
  }
  return values_of(studies);
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

void ChangeReader::leave_behind(const Change& change, const std::string& why) {
  const std::string sentence = "change " + std::to_string(change.sequence) + " (" + change.resource_id +
                               ") was left behind: " + why +
                               "; if its study gets no job, add it with radfmctl queue add";
  if (std::find(left_behind_.begin(), left_behind_.end(), sentence) != left_behind_.end()) return;
  log_line(LogLevel::error, "changes", sentence);
  left_behind_.push_back(sentence);
  if (left_behind_.size() > left_behind_shown_max) left_behind_.erase(left_behind_.begin());
}

std::int64_t ChangeReader::started_wall_ms() const {
  return clock_.wall_ms() - (clock_.boot_ms() - started_boot_ms_);
}

std::int64_t ChangeReader::due_by_age_ms(const StudyState& state, bool word_is_ahead) const {
  const std::int64_t now = clock_.wall_ms();
  const std::int64_t updated = std::max(state.last_update_ms.value_or(now), started_wall_ms());
  const std::int64_t word_comes_ms = state.is_stable ? 0 : stable_word_late_ms;
  const std::int64_t due = std::min(updated, now) + stable_age_ms_ + word_comes_ms;  // a stepped clock must not put a study off for long
  // Where its StableStudy stands in a page that comes next, a study that is looked at now would be looked at twice.
  return word_is_ahead ? std::max(due, now + stable_word_late_ms) : due;
}

}  // namespace radfm::plugin
