// SPDX-License-Identifier: Apache-2.0
// What must hold, judged outside of the queue: written from db/queue.h's text, it is told each call and its answer, says what
// follows from them, and compares that with what the queue shows. A third reading of the contract, beside the two queues.
//
// The codes of what it finds: job_changed (the queue shows what no call explains: a write lost, an attempt uncounted, dead by an
// undocumented way), two_holders, write_without_lease, lease_lost_while_held, wrong_order, due_job_skipped, wrong_reclaim,
// identity_twice, half_settled, sent_unstored, sent_without_begin, sent_after_end, second_content, second_send, revision_order, and those of
// the end (final_check.cpp): not_settled, study_lost, report_missing, note_missing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "db/queue.h"
#include "tests/simulation/queue_store.h"
#include "tests/simulation/simulated_clock.h"

namespace radfm::simulation {

struct Violation {
  std::string code, text;
};

struct Call {
  enum class Kind {
    read, holder_write, claim, reclaim, heartbeat, fill_outbox, begin_send, end_send, give_up_send, fill_rejection, finish, fail,
    release, settle, add, retry, release_held, withdraw, rerun, cancel, rush, pause, resume, changes
  };
  Kind kind = Kind::read;
  const char* name = "";
  db::Lease lease{};
  db::JobId job = 0;  // which it is about, also for those with a lease
  std::string role{}, destination{}, outcome{}, holder{};
  std::optional<ErrorClass> error_class{};
  std::int64_t timeout_ms = 0;
  bool delivered = false;
  db::Claimable which = db::Claimable::all;
  const std::vector<std::string>* dead_holders = nullptr;
  const std::vector<db::OutboxObject>* objects = nullptr;
  int revision = 0;
  std::span<const db::NewJob> new_jobs{};
};

struct Told {
  bool ok = true;
  std::string code{};  // of the error
  bool certain = true;  // false: the answer was lost, or it was an error of the disk, and nobody knows whether it was done
  std::optional<std::pair<db::Job, db::Lease>> claimed{};
  std::int64_t number = 0;  // how many were taken back; the job that was made
};

// A call whose frame is gone by the time that its effect can be seen.
struct LostCall {
  LostCall(const Call& made, const Told& answer);
  LostCall(LostCall&&) = default;
  Call again() const;  // points into this

  Call call;
  Told told;
  std::vector<std::string> dead_holders;
  std::vector<db::OutboxObject> objects;
  std::vector<db::NewJob> new_jobs;
};

struct Holding {
  std::int64_t token = 0;
  std::string holder, boot_id;
  std::int64_t ends_boot_ms = 0, latest_end_boot_ms = 0;  // they differ where an answer was lost
};

struct KnownJob {
  db::JobId id = 0;
  JobIdentity identity;
  ResultUids uids;
  std::vector<std::string> destinations;
  JobState state = JobState::queued;
  std::string outcome, error_code;
  Lane lane = Lane::routine;
  std::int64_t due_wall_ms = 0;
  int attempts = 0, poison = 0, vanished = 0, transient = 0, revision = 0;
  bool waits = false;  // after a failure, until it is due
  bool withdrawn = false;
  bool people_stepped_in = false;  // it was dead, cancelled, or withdrawn before: later reports did not wait for it
  std::optional<Holding> holding;
  std::int64_t last_token = 0;
  std::map<std::string, std::size_t> outbox;                    // role, and what the bytes were
  std::set<std::pair<std::string, std::string>> begun, arrived;  // role, destination
  std::set<std::string> report_begun_at;                        // never forgotten
  std::string note_uid;                                         // of the last note that was stored
};

class Oracle {
 public:
  Oracle(QueueStore& store, const SimulatedClock& clock, const QueueSettings& settings)
      : store_(store), clock_(clock), settings_(settings) {}

  // Before a claim: the queue's answer is compared with what it should be.
  void observe(const Call& call, const Told& told);
  // Read back: what was acknowledged is there.
  void read_outbox(db::JobId job, const std::vector<db::OutboxObject>& objects);

  // -- at destinations, at the moment in which the object gets there ---------------------------------------------------
  void asked(const std::string& destination, const std::string& uid, const db::Lease& by, bool there);
  void sends(const std::string& destination, const std::string& uid, const std::vector<std::uint8_t>& bytes, const db::Lease& by);
  void arrives(const std::string& destination, const std::string& uid, const std::vector<std::uint8_t>& bytes);
  void made_foreign(const std::string& destination, const std::string& uid) { foreign_.insert({destination, uid}); }
  bool is_foreign(const std::string& destination, const std::string& uid) const { return foreign_.contains({destination, uid}); }

  void fail(const std::string& code, const std::string& text) {
    if (!violation_) violation_ = Violation{code, text};
  }
  const std::optional<Violation>& violation() const { return violation_; }
  const std::map<db::JobId, KnownJob>& jobs() const { return jobs_; }
  const KnownJob* job_of(const std::string& uid) const;
  bool paused() const { return paused_; }
  void compare(const char* after);  // with what the queue shows now

 private:
  void apply(const Call& call, const Told& told);       // what a call that was answered does
  void apply_people(const Call& call, const Told& told);
  void check_claim(const Call& call, const Told& told);
  void apply_claim(const Call& call, const Told& told);
  void apply_reclaim(const Call& call, const Told& told);
  void apply_fail(KnownJob& job, ErrorClass error_class);
  void apply_fill(KnownJob& job, const Call& call);
  void apply_new_job(const JobIdentity& identity);
  void resynchronise(const Call& call);                  // after an answer that was lost
  void adopt(KnownJob& known, const db::Job& shown, const Call& call);
  void adopt_note(KnownJob& known, const Call& call);
  void vanish(KnownJob& job);
  void end(KnownJob& job, JobState state, const std::string& outcome);
  void begin_anew(KnownJob& job, JobState state);
  KnownJob& learn(const db::Job& shown);
  bool holds(const db::Lease& lease) const;
  bool claimable(const KnownJob& job, db::Claimable which) const;
  bool kept_back(const KnownJob& job) const;
  std::string differs(const KnownJob& known, const db::Job& shown) const;
  std::string name(const KnownJob& job) const;

  QueueStore& store_;
  const SimulatedClock& clock_;
  const QueueSettings settings_;
  std::map<db::JobId, KnownJob> jobs_;
  std::map<std::string, std::pair<db::JobId, std::string>> job_of_uid_;  // and role
  std::set<std::tuple<db::JobId, std::string, std::string, std::int64_t>> begun_by_;  // job, role, destination, token
  std::map<std::tuple<std::string, std::string, std::int64_t>, bool> asked_;  // destination, UID, token: was it there
  std::map<std::pair<std::string, std::string>, std::size_t> arrived_;       // destination, UID: what the bytes were
  std::set<std::pair<std::string, std::string>> foreign_;
  bool paused_ = false;
  std::set<db::JobId> due_may_change_;  // of the call that is looked at
  std::optional<Violation> violation_;
};

std::size_t digest_of(const std::vector<std::uint8_t>& bytes);

}  // namespace radfm::simulation
