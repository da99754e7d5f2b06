// SPDX-License-Identifier: Apache-2.0
#include "db/audit_chain.h"

namespace radfm::db {
namespace {

void add_field(std::string& bytes, std::string_view field) {
  bytes += std::to_string(field.size());
  bytes += ':';
  bytes += field;
  bytes += ',';
}

std::string encoded(std::string_view previous, const Event& event) {
  std::string bytes;
  add_field(bytes, previous);
  add_field(bytes, std::to_string(event.id));
  add_field(bytes, std::to_string(event.job));
  add_field(bytes, std::to_string(event.wall_ms));
  add_field(bytes, event.kind);
  add_field(bytes, event.detail);
  add_field(bytes, event.actor);
  return bytes;
}

}  // namespace

std::string chain_hash(std::string_view previous, const Event& event) { return sha256_hex(encoded(previous, event)); }

void EarlierEvents::take(const Event& event) {
  const std::string bytes = encoded({}, event);
  digest_.update(bytes.data(), bytes.size());
  ++count_;
}

std::string EarlierEvents::text() { return std::to_string(count_) + " earlier events, SHA-256 " + digest_.hex(); }

std::string_view to_string(TrailFault::Kind kind) {
  switch (kind) {
    case TrailFault::Kind::earlier_changed: return "earlier_changed";
    case TrailFault::Kind::missing: return "missing";
    case TrailFault::Kind::unchained: return "unchained";
    case TrailFault::Kind::changed: return "changed";
    case TrailFault::Kind::cut: return "cut";
  }
  return "changed";
}

std::string_view in_words(TrailFault::Kind kind) {
  switch (kind) {
    case TrailFault::Kind::earlier_changed:
      return "the events from before the chain are not those that its first entry was written over: one was changed, added or removed";
    case TrailFault::Kind::missing: return "entries before this one were removed";
    case TrailFault::Kind::unchained: return "this entry was written by something else than this program: it has no hash";
    case TrailFault::Kind::changed:
      return "this entry, or the hash before it, is not as it was written: it was changed, put in, or moved";
    case TrailFault::Kind::cut: return "this entry and those after it were removed from the end";
  }
  return "";
}

void ChainCheck::take(const AuditEntry& entry) {
  if (fault_) return;
  if (chained_ > 0) {
    take_next(entry);
  } else if (entry.hash.empty()) {
    earlier_.take(entry.event);
    ++earlier_count_;
    last_ = entry.event.id;
    return;
  } else {
    take_first(entry);
  }
  if (fault_) return;
  ++chained_;
  last_ = entry.event.id;
  head_ = entry.hash;
  if (!noted_head_.empty() && head_ == noted_head_) noted_entry_ = last_;
}

void ChainCheck::take_first(const AuditEntry& entry) {
  const std::int64_t id = entry.event.id;
  if (entry.hash != chain_hash(chain_genesis, entry.event)) {
    // Numbers begin with 1, and a chain that begins later says so.
    return found(id == 1 || entry.event.kind == chain_started ? TrailFault::Kind::changed : TrailFault::Kind::missing, id);
  }
  if (entry.event.kind == chain_started) {
    if (entry.event.detail != earlier_.text()) found(TrailFault::Kind::earlier_changed, id);
  } else if (id != 1) {
    found(TrailFault::Kind::missing, id);
  }
}

void ChainCheck::take_next(const AuditEntry& entry) {
  const std::int64_t id = entry.event.id;
  if (id != last_ + 1) return found(TrailFault::Kind::missing, id);
  if (entry.hash.empty()) return found(TrailFault::Kind::unchained, id);
  if (entry.hash != chain_hash(head_, entry.event)) found(TrailFault::Kind::changed, id);
}

void ChainCheck::end(std::int64_t newest_number_given) {
  if (fault_) return;
  if (newest_number_given > last_) return found(TrailFault::Kind::cut, last_ + 1);
  // A file that was brought up to date has a first entry of the chain as soon as it has events.
  if (chained_ == 0 && earlier_count_ > 0) found(TrailFault::Kind::unchained, last_);
}

}  // namespace radfm::db
