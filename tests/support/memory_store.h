// SPDX-License-Identifier: Apache-2.0
// What a MemoryQueue keeps: plain values. All connections to one store see the same; each locks its mutex for the whole of a
// call, so that a call is one transaction.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "db/queue.h"

namespace radfm::db {

// Who holds a job, and until when by the time since that boot.
struct MemoryHolding {
  std::int64_t token = 0;
  std::string holder;
  std::string boot_id;
  std::int64_t ends_boot_ms = 0;
};

struct MemoryJob {
  Job job;  // as job() shows it, but for has_montage and overdue
  std::int64_t opened_wall_ms = 0;              // when it was made or last begun anew: overdue counts from here
  std::optional<std::int64_t> waits_until_wall_ms;  // after a failure; a job that did not fail waits for nobody
  std::optional<MemoryHolding> holding;
  std::vector<OutboxObject> outbox;
  std::vector<Delivery> deliveries;             // in the order in which they were asked for
  std::vector<std::string> report_begun_at;     // destinations that the report may be at; never forgotten
  std::string text_so_far;                      // shown as report_text while it is leased
  std::vector<std::uint8_t> montage;
  std::string draft_page;
  std::vector<Attempt> attempts;
};

struct MemoryPendingStudy {
  std::int64_t due_wall_ms = 0;
  std::int64_t written_wall_ms = 0;  // what is far in the future was written before the clock was set back
};

struct MemoryStore {
  std::mutex mutex;
  std::map<JobId, MemoryJob> jobs;
  std::map<std::string, MemoryPendingStudy> pending;  // by Orthanc's study identifier
  std::vector<Event> events;
  std::optional<std::int64_t> cursor;
  std::int64_t last_token = 0;
  std::optional<std::string> paused_by;
  std::int64_t worker_seen_wall_ms = 0;
  std::string worker_note, plugin_note;
  std::map<std::pair<std::string, std::string>, std::int64_t> tallies;  // by name and label
};

// Of one job:
bool arrived_somewhere(const MemoryJob& job);  // any object of it
bool report_arrived(const MemoryJob& job);     // somewhere
bool is_begun(const MemoryJob& job);           // a send of any object of it
bool note_stored(const MemoryJob& job);        // the rejection note
const OutboxObject* stored_report(const MemoryJob& job);
Delivery* find_delivery(MemoryJob& job, const std::string& role, const std::string& destination);

}  // namespace radfm::db
