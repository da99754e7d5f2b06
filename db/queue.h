// SPDX-License-Identifier: Apache-2.0
// The queue's contract. Everything that changes a job goes through here, so that no study is lost or reported twice:
// exactly once = at least once + a UID fixed at enqueue + a question before each re-send.
//
// Threading: one Queue object belongs to one thread; open several on one file, also from several processes. Every write
// is one short transaction (BEGIN IMMEDIATE, no I/O inside); a busy database is retried with jitter and then reported as
// transient "database_busy"; a full disk is transient "disk_full". "lease_lost" (cancelled) means that the named token is
// no longer the job's: the caller stops, nothing was written.
// tests/db/queue_conformance.h is run against every implementation.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/configuration.h"
#include "core/result.h"
#include "db/backoff.h"
#include "db/queue_types.h"

namespace radfm::db {

enum class EnqueueResult { created, existed };
enum class Claimable { all, stat };  // stat: jobs of lane stat only, for a holder that is kept free for them

class Queue {
 public:
  virtual ~Queue() = default;

  // -- the plugin -------------------------------------------------------------------------------------------------
  // Sequence number of the last change that was taken over; nothing on a fresh database.
  virtual Result<std::optional<std::int64_t>> change_cursor() = 0;
  // In one transaction: the studies that the changes were about become pending (an earlier due time of a known one is
  // kept if the new one says `sooner`, else it is replaced), and the cursor moves to `cursor`.
  virtual Status take_changes(std::int64_t cursor, const std::vector<PendingStudy>& studies) = 0;
  // A study that was noted more than a minute from now was noted before the clock was set back, and is due.
  virtual Result<std::vector<PendingStudy>> due_studies(std::int64_t now_wall_ms, int limit) = 0;
  virtual Result<std::optional<std::int64_t>> next_due_study_ms() = 0;  // in the past: now
  virtual Status postpone_study(const std::string& orthanc_study_id, std::int64_t due_wall_ms) = 0;
  // In one transaction: the pending study is settled and, unless a job of that identity exists (`existed`), the job is
  // made; a queued or leased job of the same study with another digest becomes cancelled ("superseded").
  // Over the limit of automatic revisions (run 0, delivered or being delivered: the first report and
  // automatic_revisions_max after it) the job is made done, "skipped: revision_limit". `identity.run` must be 0.
  // A study that came back to images whose job had been superseded: `existed`, and that job is queued again (unless it is to be
  // skipped now), so that the study is not left without a report. One that an administrator cancelled stays cancelled, and one
  // that is dead stays dead; then nothing else is superseded either.
  virtual Result<EnqueueResult> settle_study(const std::string& orthanc_study_id, const NewJob& job) = 0;
  // The same for several, in this order and in one transaction, which costs the disk as much as one study does. On an error none
  // of them is settled. Each job names its pending study.
  virtual Result<std::vector<EnqueueResult>> settle_studies(const std::vector<NewJob>& jobs) = 0;
  // The study is gone from Orthanc or nothing is to be done.
  virtual Status forget_study(const std::string& orthanc_study_id) = 0;
  virtual Status set_plugin_note(const std::string& note) = 0;

  // -- the worker -------------------------------------------------------------------------------------------------
  // Takes the best due job: of lane stat first, then the earliest due time, then id. Delivering jobs whose lease is free
  // come before queued ones. Not while paused; not a queued job of a study that has another job at work: leased, or
  // delivering, unless some object of that one has arrived somewhere and it waits for another destination after a failure.
  // A retried job whose result is still in the outbox is claimed as `delivering`, without the model, unless the study's
  // revision has moved on meanwhile and no send of any of its objects was begun: then the result is forgotten and made again.
  // A wait is only honoured after a failure: a clock that is set back holds up no fresh job. `holder` is this_holder().
  // Counts the attempt durably. Nothing when none is due.
  virtual Result<std::optional<std::pair<Job, Lease>>> claim(const std::string& holder, Claimable which = Claimable::all) = 0;
  // When the next job can be claimed (wall ms; in the past: now), if any. Nothing while paused.
  virtual Result<std::optional<std::int64_t>> next_due_job_ms(Claimable which = Claimable::all) = 0;
  // Jobs whose lease ran out, or whose holder is in `dead_holders`, go back (queued, or stay delivering without a holder)
  // and are counted as vanished; the vanished_limit-th time they become dead. Returns how many jobs were taken back.
  virtual Result<int> reclaim(const std::vector<std::string>& dead_holders) = 0;
  virtual Result<std::vector<std::string>> holders() = 0;  // of jobs that are leased or delivering now
  virtual Status heartbeat(const Lease& lease) = 0;        // lease_lost when cancelled, superseded, withdrawn or reclaimed
  virtual Status worker_alive(const std::string& note) = 0;
  virtual Status add_to_tallies(const std::vector<Tally>& added) = 0;  // in one transaction
  // Records durably which step begins (engine or reader may die in it). Nothing is written when nothing changed.
  virtual Status set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) = 0;
  virtual Status note(const Lease& lease, const std::string& kind, const std::string& detail) = 0;
  virtual Status set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) = 0;
  // The picture of what the model is shown; a later one replaces it. permanent "montage_too_large" over montage_bytes_max.
  virtual Status set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) = 0;
  // The draft in parts for its page (orthanc-plugin/draft_page.h); a later one replaces it. permanent "draft_page_too_large"
  // over draft_page_bytes_max.
  virtual Status set_draft_page(const Lease& lease, const std::string& page_json) = 0;
  // Keeps a text that is not sent before a person has released it; one that differs from the text held before is not
  // released. permanent "held_text_too_large" over held_text_bytes_max.
  virtual Status hold_text(const Lease& lease, const std::string& text) = 0;
  // What the next revision of this study would be: number and predecessor (the last SR that arrived somewhere or is being
  // delivered, and was not withdrawn). Numbers of reports whose send was ever begun are not used again. Its class is that of the
  // object in the outbox, whatever the configuration says now; empty when the outbox does not have it any more.
  struct Revision {
    int number = 1;
    std::string predecessor_sop_instance_uid, predecessor_series_instance_uid, predecessor_sop_class_uid;
    std::string last_input_digest;  // of that SR's job
    bool operator==(const Revision&) const = default;
  };
  virtual Result<Revision> next_revision(const Lease& lease) = 0;
  // leased -> delivering. Stores the objects and one delivery for each destination (OutboxObject::destinations: where it goes to
  // fewer), if `revision` is still the next one; else cancelled "revision_moved": build again.
  virtual Status fill_outbox(const Lease& lease, const Revision& revision, const std::vector<OutboxObject>& objects,
                             const std::vector<std::string>& destinations, const std::string& report_text) = 0;
  virtual Result<std::vector<OutboxObject>> outbox(JobId job) = 0;
  // With what has happened so far, and whether an earlier report of the study must go first (Delivery::predecessor_waits): one
  // that is delivering and has an object, or its rejection note, that is not there yet. One that is dead or cancelled holds up
  // nobody.
  virtual Result<std::vector<Delivery>> deliveries(JobId job) = 0;
  // Before a send: extends the lease so that it outlasts `send_timeout_ms`, and records that a send was begun. Permanent
  // "no_such_delivery", also for all but the note of a job with a withdrawal.
  virtual Status begin_send(const Lease& lease, const std::string& role, const std::string& destination,
                            std::int64_t send_timeout_ms) = 0;
  // From here on the lease is again as a heartbeat leaves it. `delivered` also without a send of ours, of what was found there.
  virtual Status end_send(const Lease& lease, const std::string& role, const std::string& destination, bool delivered,
                          const std::string& error) = 0;
  // An object that this destination will never take, and that is not the report itself: it is not sent there any more.
  virtual Status give_up_send(const Lease& lease, const std::string& role, const std::string& destination, const std::string& why) = 0;
  // Of a job with a withdrawal (Job::withdrawal), which is delivering: the note is stored, with one delivery for each destination
  // that a send of the report was ever begun to; nothing else of the job is sent any more. Once it is in the outbox: nothing is
  // done.
  virtual Status fill_rejection(const Lease& lease, const OutboxObject& note) = 0;
  // delivering -> done "delivered" or "withdrawn" (all deliveries must be done: else permanent "deliveries_open"; of the objects
  // only the bytes of role "sr" are kept) or "withheld: CODE" (what is not delivered yet stays unsent), leased -> done with another
  // outcome, but "superseded" -> cancelled, so that a study that comes back to these images is queued again; else permanent "wrong_state". A job with a withdrawal becomes "withdrawn" and nothing else, no other one does, and its
  // deliveries are open as long as it has no note.
  virtual Status finish(const Lease& lease, const std::string& outcome) = 0;
  // By the error's class: transient: back with a growing wait (a delivering job stays delivering, without a holder), never
  // dead; poison: back with a wait, dead the poison_limit-th time; vanished: as reclaim(); permanent: dead at once;
  // cancelled: back with a short wait, uncounted (a job that somebody else cancelled answers lease_lost).
  virtual Status fail(const Lease& lease, const Error& error) = 0;
  // Hands the job back at once, no attempt is counted (shutdown, Orthanc away).
  virtual Status release(const Lease& lease, const std::string& why) = 0;

  // -- people -----------------------------------------------------------------------------------------------------
  // Newest first; `instances`, `action` (but for its lane), `report_text` and `detail_json` are left empty: job() has them.
  virtual Result<std::vector<Job>> list(const JobFilter& filter) = 0;
  virtual Result<std::optional<Job>> job(JobId id) = 0;
  virtual Result<std::vector<std::uint8_t>> montage(JobId id) = 0;  // PNG; empty when there is none, or no such job
  virtual Result<std::string> draft_page(JobId id) = 0;  // empty when there is none, or no such job
  virtual Result<std::vector<Event>> events(JobId id) = 0;
  virtual Result<std::vector<Attempt>> attempts(JobId id) = 0;
  virtual Result<QueueStatus> status() = 0;
  virtual Result<std::vector<Tally>> tallies() = 0;  // by name and label
  // permanent "wrong_state" or "no_such_job" when it cannot be done; "changed_meanwhile" when the job has another version than
  // `by.seen`, which is looked at in the same transaction.
  virtual Status retry(JobId id, const AskedBy& by) = 0;     // dead, cancelled -> queued; counters start anew
  // As retry(), of a dead job with a held text: when its draft has that very text again, it is sent.
  virtual Status release_held(JobId id, const AskedBy& by) = 0;
  // A person takes the draft back: done, dead, cancelled, delivering -> delivering, once a send of its report was begun. Only the
  // rejection note is sent from then on, then it is done, "withdrawn". A report that nobody was sent is cancelled instead
  // ("wrong_state"); one that is withdrawn already, or is being withdrawn, too. permanent "withdrawal_without_reason"
  // (mistake_in_why); "results_purged" when the report's bytes are gone (db/queue_file.h).
  virtual Status withdraw(JobId id, RejectionReason reason, const std::string& why, const AskedBy& by) = 0;
  // A new job of the same study and images, run = highest run + 1; only of a done, dead or cancelled job.
  virtual Result<JobId> rerun(JobId id, const AskedBy& by) = 0;
  virtual Status cancel(JobId id, const AskedBy& by) = 0;    // queued, leased, delivering -> cancelled
  virtual Status rush(JobId id, const AskedBy& by) = 0;      // lane stat, due now; an open job
  virtual Status pause(const std::string& actor) = 0;
  virtual Status resume(const std::string& actor) = 0;
  // An administrator adds a study by hand; like settle_study, but may also be older than the rule says, and no revision
  // limit counts. If that identity exists, `existed`.
  virtual Result<EnqueueResult> add(const NewJob& job) = 0;
};

// Opens (and, when `create`, makes) the SQLite queue. WAL only with a SQLite that has the WAL-reset bug fixed, else
// journal_mode TRUNCATE; always synchronous FULL. A new file may be written by its owner and its group whatever the umask
// is: plugin and worker share a group. The folder must exist and be writable too (SQLite keeps its journal beside the
// file). Errors: transient "database_unavailable", "database_busy", "disk_full", "schema_too_old" (read_only); permanent
// "schema_too_new", "database_broken". `clock` must outlive the queue.
struct OpenQueue {
  std::filesystem::path path;
  QueueSettings settings;
  bool create = true;
  bool read_only = false;  // every write answers permanent "read_only"; never creates
  // Below: for tests; the defaults are what a node runs with.
  enum class Journal { by_sqlite_version, truncate, wal };
  Journal journal = Journal::by_sqlite_version;
  RandomUpTo random = {};              // draws the waits; default: a generator seeded by the system
  std::int64_t busy_limit_ms = 10'000;  // how long a locked database is tried before "database_busy"
  std::int64_t pages_max = 0;          // the file's size limit in pages (PRAGMA max_page_count); 0: none
};
Result<std::unique_ptr<Queue>> open_sqlite_queue(const OpenQueue& open, const Clock& clock);

// "<boot id>:<pid>:<start time>:<PID name space>" of this process, and whether such a holder still lives on this host.
// A process in another container cannot be seen: it counts as alive, and its lease runs out by itself.
std::string this_holder(const Clock& clock);
bool holder_is_alive(const std::string& holder, const Clock& clock);

// The doorbell: a datagram says "look at the queue". Losing one costs at most poll_ms.
void ring_doorbell(const std::filesystem::path& socket);

}  // namespace radfm::db
