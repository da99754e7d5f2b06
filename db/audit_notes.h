// SPDX-License-Identifier: Apache-2.0
// Notes for the audit trail from threads that may not wait for a disk: those of Orthanc that answer a person, those of our storage
// SCP. They lie in memory until one thread takes them and writes them. What a person reads is shown all the same when the database is
// busy or gone; the price: a process that is killed takes the notes of its last moments with it.
//
// Bounded: the same note again within `repeat_ms` is one, and what does not fit while nothing can be written is counted; the trail
// says how many. Safe from any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "db/audit_trail.h"

namespace radfm::db {

class AuditNotes {
 public:
  static constexpr std::int64_t repeat_ms = 15 * 60'000;  // of one person and one object: one entry in that time
  static constexpr std::size_t waiting_max = 1'000;
  static constexpr std::size_t remembered_max = 10'000;

  // `actor`: in whose name it is told that notes were lost.
  AuditNotes(const Clock& clock, std::string actor) : clock_(clock), actor_(std::move(actor)) {}

  void add(AuditNote note);
  // All that wait, oldest first, with one that says how many were lost, if any were.
  std::vector<AuditNote> take();
  // What was taken and could not be written: first in line again, whatever has come meanwhile.
  void put_back(std::vector<AuditNote> notes);

 private:
  bool is_repeated(const AuditNote& note);

  const Clock& clock_;
  const std::string actor_;
  std::mutex mutex_;
  std::vector<AuditNote> waiting_;                           // guarded by mutex_, as all below
  std::unordered_map<std::string, std::int64_t> noted_at_;  // boot_ms
  std::int64_t lost_ = 0;
};

}  // namespace radfm::db
