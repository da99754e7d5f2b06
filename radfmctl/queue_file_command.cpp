// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/queue_file_command.h"

#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "db/job_json.h"
#include "db/queue_file.h"
#include "radfmctl/queue_access.h"

namespace radfm::ctl {
namespace {

std::string in_megabytes(std::int64_t bytes) {
  const std::int64_t tenths = bytes * 10 / (1 << 20);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MB";
}

// A line that grows, for a person who waits.
std::function<void(std::int64_t, std::int64_t)> progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](std::int64_t done, std::int64_t of) {
    if (of > 0) std::cerr << "\r" << done * 100 / of << " %" << (done >= of ? "\n" : "") << std::flush;
  };
}

int back_up(const std::filesystem::path& queue, const std::filesystem::path& target, const QueueFileOptions& options) {
  db::CopyQueue how;
  how.replace = options.replace;
  how.progress = progress();
  const Result<db::CopiedQueue> copied = db::back_up_queue(queue, target, how);
  if (!copied) return complain(copied.error(), exit_wrong);
  if (options.json) {
    std::cout << db::json_text({{"file", target.string()}, {"pages", copied->pages}, {"restarts", copied->restarts},
                                {"writers_waited_ms", copied->writers_waited_ms}}, 2) << "\n";
    return exit_done;
  }
  std::cout << target.string() << ": " << in_megabytes(copied->pages * db::page_bytes) << ", whole";
  if (copied->writers_waited_ms > 0) std::cout << "; worker and plugin waited " << copied->writers_waited_ms << " ms for it";
  std::cout << "\n";
  return exit_done;
}

int restore(const std::filesystem::path& queue, const std::filesystem::path& backup, bool json) {
  const SystemClock clock;
  const Result<db::RestoredQueue> restored = db::restore_queue(queue, backup, actor(), clock);
  if (!restored) return complain(restored.error(), exit_wrong);
  const std::string state = format_iso_utc(restored->last_known_wall_ms);
  if (json) {
    std::cout << db::json_text({{"state_of", state}, {"replaced", restored->replaced.string()}, {"jobs_freed", restored->jobs_freed}}, 2) << "\n";
    return exit_done;
  }
  std::cout << "the queue is as it was at " << state << "; " << restored->jobs_freed << " job(s) that were in work then are queued again\n";
  if (!restored->replaced.empty()) std::cout << "the file that was there is " << restored->replaced.string() << "\n";
  std::cout << "Start Orthanc, then radfm-worker. What was delivered since is not reported again; withdrawals since then must be repeated\n";
  return exit_done;
}

int check(const std::filesystem::path& file, bool json) {
  const Result<db::QueueFileFacts> facts = db::check_queue_file(file);
  if (!facts) return complain(facts.error(), exit_wrong);
  const bool whole = facts->faults.empty();
  if (json) {
    std::cout << db::json_text({{"file", file.string()}, {"whole", whole}, {"schema", facts->schema_number}, {"bytes", facts->bytes},
                                {"free_bytes", facts->free_bytes}, {"faults", facts->faults}}, 2) << "\n";
    return whole ? exit_done : exit_wrong;
  }
  std::cout << file.string() << ": " << (whole ? "whole" : "DAMAGED") << ", " << in_megabytes(facts->bytes) << " of which "
            << in_megabytes(facts->free_bytes) << " are free, schema " << facts->schema_number << "\n";
  for (const std::string& fault : facts->faults) std::cout << "  " << fault << "\n";
  if (!whole) std::cout << "Stop radfm-worker and Orthanc, then `radfmctl queue restore BACKUP`\n";
  return whole ? exit_done : exit_wrong;
}

}  // namespace

bool is_file_verb(const std::string& verb) { return verb == "backup" || verb == "restore" || verb == "check"; }

int queue_file_command(const Configuration& configuration, const Words& words, const QueueFileOptions& options) {
  const std::filesystem::path& queue = configuration.database.path;
  const std::string& verb = words.front();
  if (words.size() == 1 && verb == "check") return check(queue, options.json);
  if (words.size() != 2) return complain("queue " + verb + (verb == "check" ? " takes at most one file" : " takes one file"));
  if (verb == "backup") return back_up(queue, words[1], options);
  if (verb == "restore") return restore(queue, words[1], options.json);
  return check(words[1], options.json);
}

}  // namespace radfm::ctl
