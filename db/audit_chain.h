// SPDX-License-Identifier: Apache-2.0
// The chain of the audit trail as a pure function of its entries: how an entry is hashed, and how a reader finds the first one
// that is not as it was written. Nothing here knows of a database; safe from any thread.
//
// hash = SHA-256 in hexadecimal digits over seven fields, each as "LENGTH:BYTES," (decimal length in bytes): the hash before it
// (of the first entry: `chain_genesis`), number, job, time (UTC milliseconds), kind, detail, actor. The lengths make the encoding
// unambiguous: no two entries give the same bytes. Never change it: every chain that was ever written follows from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "db/queue_types.h"

namespace radfm::db {

inline constexpr std::string_view chain_genesis = "radfm-node audit trail, version 1";
inline constexpr std::string_view chain_started = "chain_started";  // kind of the first entry, where there are events from before the chain

// One entry as it is stored.
struct AuditEntry {
  Event event;
  std::string hash;  // empty: written before there was a chain
  // Of its job, for those who tell of it; empty when it has none, or the job is gone. The chain does not cover them.
  std::string study_instance_uid, sr_sop_instance_uid;
};

std::string chain_hash(std::string_view previous, const Event& event);

// What the first entry says of the events before it, in its detail: "12 earlier events, SHA-256 ...".
class EarlierEvents {
 public:
  void take(const Event& event);  // in the order of their numbers
  bool any() const { return count_ > 0; }
  std::string text();  // ends it; call once

 private:
  Sha256 digest_;
  std::int64_t count_ = 0;
};

struct TrailFault {
  enum class Kind {
    earlier_changed,  // the events from before the chain are not those that its first entry tells of
    missing,          // entries before this one were removed
    unchained,        // written by something else than this program: it has no hash
    changed,          // it, or the hash before it, is not what it was: changed, inserted or moved
    cut,              // the last entries are gone
  };
  Kind kind = Kind::changed;
  std::int64_t entry = 0;  // the first that is wrong; of `cut`: the first that is gone
};
std::string_view to_string(TrailFault::Kind kind);
// For an administrator: what it means.
std::string_view in_words(TrailFault::Kind kind);

// Reads a trail from its first entry to its last.
class ChainCheck {
 public:
  // `noted_head`: a hash that was written down earlier, elsewhere; empty: none.
  explicit ChainCheck(std::string noted_head = {}) : noted_head_(std::move(noted_head)) {}

  void take(const AuditEntry& entry);                 // in the order of their numbers; nothing is judged after the first fault
  void end(std::int64_t newest_number_given);         // the largest number that the database ever gave to an entry

  const std::optional<TrailFault>& fault() const { return fault_; }
  std::int64_t chained() const { return chained_; }   // entries of the chain that are as they were written
  std::int64_t earlier() const { return earlier_count_; }
  std::int64_t head_entry() const { return last_; }   // 0: there is none
  const std::string& head() const { return head_; }   // the last good entry's hash
  std::optional<std::int64_t> noted_entry() const { return noted_entry_; }  // the one that has the noted hash

 private:
  void take_first(const AuditEntry& entry);
  void take_next(const AuditEntry& entry);
  void found(TrailFault::Kind kind, std::int64_t entry) { fault_ = TrailFault{kind, entry}; }

  const std::string noted_head_;
  EarlierEvents earlier_;
  std::int64_t earlier_count_ = 0, chained_ = 0, last_ = 0;
  std::string head_;
  std::optional<std::int64_t> noted_entry_;
  std::optional<TrailFault> fault_;
};

}  // namespace radfm::db
