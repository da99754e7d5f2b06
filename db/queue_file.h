// SPDX-License-Identifier: Apache-2.0
// The queue's file: copies of it, an older one put back, whether it is whole, what is removed from it, how large it may become.
// What is in it is db/queue.h's.
//
// Threading: free functions, each with connections of its own, from any thread and process beside the open queues of others (but
// for restore_queue). Callbacks are called on the calling thread.
// Errors: those of open_sqlite_queue, and those that a function names. Messages say what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/configuration.h"
#include "core/result.h"

namespace radfm::db {

// -- copies -------------------------------------------------------------------------------------------------------------------
// A copy of a queue that programs go on using, by SQLite's online backup (https://www.sqlite.org/backup.html). It is one moment of
// the queue, whole or not there: it is written beside its place under another name, brought to the disk, checked
// (PRAGMA integrity_check) and only then put in place. It names patients, as the queue does: nobody gets more rights on it than
// backup_mode_max, and its journal mode is DELETE, so that it is one file.
//
// Writers wait for milliseconds: pages are copied in small steps, and between two of them whoever waits may write. In the journal
// mode TRUNCATE such a write begins the copy anew. After `restarts_max` of them writers are kept out until it is done, but no
// longer than `writers_wait_ms_max`: past it transient "backup_outrun". With WAL no write disturbs it.
struct CopyQueue {
  // The pages that are done, of how many; called after each step.
  std::function<void(std::int64_t done, std::int64_t of)> progress = {};
  bool replace = false;  // what is at the target; else permanent "file_exists"
  // Below: for tests; the defaults are what a node runs with.
  int pages_per_step = 64;  // 256 kB
  int restarts_max = 4;
  std::int64_t writers_wait_ms_max = 5'000;
};
struct CopiedQueue {
  std::int64_t pages = 0;
  int restarts = 0;                  // by writes of others
  std::int64_t writers_waited_ms = 0;  // 0: they were not kept out
};
inline constexpr int backup_mode_max = 0640;
Result<CopiedQueue> back_up_queue(const std::filesystem::path& queue, const std::filesystem::path& target, const CopyQueue& how = {});

// Before a program changes an older file to its own schema, number N, the file is copied to <queue>.before-vN; what is already
// there is never overwritten. Where there is no room for it, nothing is changed (transient "disk_full").
std::filesystem::path copy_before_migration(const std::filesystem::path& queue, int schema_number);

// -- an older file put back -----------------------------------------------------------------------------------------------------
// Puts a backup in the queue's place. Nobody may have the queue open: known by QueuePresence (db/queue_presence.h), and by the
// holders of leases in the present file, one of which may be of a program that knows no presence; else transient "queue_in_use".
// The backup must be a queue of ours, whole, of the schema that its number says and no newer than this program: permanent
// "database_broken", "schema_too_new". The file that was there stays beside it as <queue>.replaced-YYYYMMDDTHHMMSSZ with its
// journals; at each moment one of the two is in place, whatever happens.
//
// What exactly-once means after it. The restored queue knows nothing of what happened since the backup:
//  * what was delivered everywhere since then is not reported again. Studies whose jobs are not in the backup come again through
//    Orthanc's changes (the cursor lies back as well), and their metadata say that they are reported ("skipped:
//    already_reported"). Jobs that the backup has as queued or delivering are claimed again; the worker reads that mark before it
//    asks the model (the same outcome) and before it sends ("delivered", without a send). So a queue that came back by another way
//    (cp, a machine set back) repeats nothing either;
//  * what was sent somewhere since then and not everywhere: the result's UIDs are fixed by the study and its images, so the same
//    object is sent, or none. Each destination that can be asked is asked first. Objects that the backup holds are the very bytes
//    that went out; restore_queue notes that a send of each may have been begun. A report that is made again has the same bytes
//    as long as model, priors and the job are the same; where they are not, Orthanc has other content under that UID, the job is
//    dead ("uid_taken") and nothing is overwritten. A destination with `verify` none gets an object again under the same UID;
//  * leases are nobody's: jobs in work are queued (or wait to be sent) again, and no attempt is counted;
//  * numbers of jobs go on behind those of the file that is replaced; where it cannot be read, job_numbers_skipped further on,
//    because people have quoted them;
//  * what people did since then is gone with the history: retries, cancellations, pauses, and withdrawals, whose notes stay where
//    they were sent. A draft that was withdrawn since must be withdrawn again; a rerun made since then and asked for again ends
//    "skipped: already_reported" once, and the next one makes a new draft;
//  * where Orthanc's list of changes was cleared since, studies of that time must be added (radfmctl queue add).
inline constexpr std::int64_t job_numbers_skipped = 100'000;
struct RestoredQueue {
  std::filesystem::path replaced;       // where the file that was there is now; empty: there was none
  std::int64_t last_known_wall_ms = 0;  // of the last thing that the backup knows
  std::int64_t jobs_freed = 0;          // they were in work at that moment
};
Result<RestoredQueue> restore_queue(const std::filesystem::path& queue, const std::filesystem::path& backup, const std::string& actor,
                                    const Clock& clock);

// -- whether it is whole ----------------------------------------------------------------------------------------------------------
// Reads every page. A file that is damaged is never replaced or emptied by a program: permanent "database_broken", until a person
// restores a backup or moves the file away. Then the next start makes a new queue: what was open and its history are lost, what
// was delivered is not reported again, studies that had not come to a job are added by hand.
//
// Beside a node at work writers wait while it is read, in the journal mode TRUNCATE (measured: 1.3 GB a second from memory, 250 MB
// from a disk). Of a large queue rather check a backup: back_up_queue checks what it writes, and holds up nobody.
struct CheckQueueFile {
  bool thorough = true;    // PRAGMA integrity_check and the foreign keys; else quick_check: indexes are not compared with tables
  bool bulk_tables = true; // those of results, nearly all of a large file
};
struct QueueFileFacts {
  int schema_number = 0;
  std::int64_t bytes = 0, free_bytes = 0;  // free: inside the file, used before it grows
  std::vector<std::string> faults;         // what SQLite says, at most file_faults_max lines; none: no fault was found
};
inline constexpr int file_faults_max = 20;
Result<QueueFileFacts> check_queue_file(const std::filesystem::path& queue, const CheckQueueFile& how = {});

// The worker's check at its start: the quick one, when the machine was started since the last one (a power cut is what tears
// pages; a killed program tears none) or days_between_checks have passed. Of a file over start_check_mb_max without the tables of
// results, which are read and checked by each backup. permanent "database_broken" only: where it cannot be checked now, because it
// is busy, say, the log has that and the next start checks it.
inline constexpr int days_between_checks = 7;
inline constexpr std::int64_t start_check_mb_max = 2'048;
Status check_queue_file_when_due(const std::filesystem::path& queue, const Clock& clock);

// -- what is removed ----------------------------------------------------------------------------------------------------------------
// Removes texts, details, pictures, pages, held texts and the bytes of objects of jobs that finished more than keep_days ago.
// Jobs, events, attempts and deliveries stay, and of each object its class and UIDs, which a later report of the study names.
// Never of a job that may still send something: one with a delivery that is not done (but for a withheld draft, which is not sent
// any more) or with a withdrawal that has not ended. After it a draft can be neither withdrawn nor made again for comparison
// (permanent "results_purged"); its history has the event "purged".
//
// A few jobs at a time, each time one short transaction. The file does not shrink: freed pages are used for the next results
// before it grows, and a node keeps about as much at any time, so that giving them back would only be undone. (auto_vacuum must
// be chosen before the first table is made, costs each growing write a second place, and existing files do not have it.)
// `go_on` is asked between two transactions, and may wait. Returns how many jobs were purged. keep_days 0: none.
inline constexpr int purge_jobs_at_once = 4;
Result<int> purge_results(const std::filesystem::path& queue, int keep_days, const Clock& clock, const std::function<bool()>& go_on);

// -- how large it may become ----------------------------------------------------------------------------------------------------------
// database.file_mb_max in pages, for OpenQueue::pages_max. The last two sixteenths are kept for what is in work: beyond 14 no
// study is taken in (take_changes, settle_study, add, rerun), beyond 15 no result (objects, texts, pictures), up to 16 claims,
// heartbeats, ends of sends and of jobs. Each answers transient "disk_full" and names the limit.
inline constexpr std::int64_t page_bytes = 4'096;  // SQLite's default, in all of our files
std::int64_t file_pages_max(const DatabaseSettings& settings);
inline constexpr int sixteenths_for_studies = 14, sixteenths_for_results = 15;

}  // namespace radfm::db
