// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/dicom_time.h"
#include "db/job_json.h"
#include "db/queue.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/queue_access.h"
#include "radfmctl/queue_add.h"
#include "radfmctl/queue_file_command.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl queue VERB ... --config FILE [--json]\n"
    "  list [--state STATE] [--study UID] [--limit N]   jobs, newest first\n"
    "  show ID        a job's whole way: events, attempts, report\n"
    "  add STUDY      a draft report for a study in Orthanc (Study Instance UID or Orthanc ID), however old\n"
    "  retry ID       a dead or cancelled job starts again, its counters too\n"
    "  release ID     the text that a flag held back (show ID) is sent all the same\n"
    "  rerun ID       a new job for the same study\n"
    "  cancel ID      no report for this job\n"
    "  rush ID        before everything else\n"
    "  pause, resume  the worker claims nothing / claims again\n"
    "  status         counts, worker, plugin\n"
    "  backup FILE    a copy of the queue, while it is used (--replace: over an older one)\n"
    "  restore FILE   a backup in the queue's place; radfm-worker and Orthanc are stopped\n"
    "  check [FILE]   reads every page of the queue, or of a backup\n";

void print_row(const db::Job& job) {
  std::cout << std::left << std::setw(6) << job.id << std::setw(11) << to_string(job.state) << std::setw(28)
            << (job.outcome.empty() ? std::string(to_string(job.stage)) : job.outcome) << std::setw(9)
            << ("x" + std::to_string(job.attempts)) << std::setw(22) << format_iso_utc(job.created_wall_ms)
            << job.identity.study_instance_uid;
  if (!job.error_code.empty()) std::cout << "\n      " << job.error_code << ": " << job.error_message;
  std::cout << "\n";
}

int list(db::Queue& queue, const Arguments& arguments) {
  db::JobFilter filter;
  if (const auto state = arguments.value("--state")) {
    const std::optional<JobState> wanted = parse_job_state(*state);
    if (!wanted) return complain("--state must be queued, leased, delivering, done, dead or cancelled");
    filter.states = {*wanted};
  }
  filter.study_instance_uid = arguments.value("--study").value_or("");
  if (const auto limit = arguments.value("--limit")) {
    const auto number = parse_job_id(*limit);
    if (!number || *number > 100'000) return complain("--limit must be 1 to 100000");
    filter.limit = static_cast<int>(*number);
  }
  const Result<std::vector<db::Job>> jobs = queue.list(filter);
  if (!jobs) return complain(jobs.error());
  if (arguments.has("--json")) {
    nlohmann::json rows = nlohmann::json::array();
    for (const db::Job& job : *jobs) rows.push_back(db::job_row_json(job));
    std::cout << db::json_text(rows, 2) << "\n";
    return exit_done;
  }
  std::cout << "id    state      outcome or stage            attempts created               study\n";
  for (const db::Job& job : *jobs) print_row(job);
  return exit_done;
}

std::string_view withdrawal_in_words(const db::Job& job) {
  if (job.outcome == db::withdrawn_outcome) return "withdrawn ";
  const bool stopped = job.state == JobState::dead || job.state == JobState::cancelled;
  return stopped ? "withdrawn (not every destination was told) " : "is being withdrawn ";
}

void print_withdrawal(const db::Job& job) {
  if (!job.withdrawal) return;
  std::cout << "\n" << withdrawal_in_words(job) << in_words(job.withdrawal->reason) << ", by " << job.withdrawal->actor << ", "
            << format_iso_utc(job.withdrawal->wall_ms) << "\n" << job.withdrawal->why << "\n";
}

void print_job(const db::Job& job, const std::vector<db::Event>& events, const std::vector<db::Attempt>& attempts) {
  print_row(job);
  std::cout << "rule " << (job.rule_name.empty() ? "(none)" : job.rule_name) << ", lane " << to_string(job.lane)
            << ", run " << job.identity.run << ", " << job.instances.size() << " image(s), revision " << job.revision
            << "\nresult SOP Instance UID " << job.uids.sr_sop_instance_uid << "\n";
  print_withdrawal(job);
  std::cout << "\nevents\n";
  for (const db::Event& event : events) {
    std::cout << "  " << format_iso_utc(event.wall_ms) << "  " << event.kind << "  " << event.detail
              << (event.actor.empty() ? "" : "  by " + event.actor) << "\n";
  }
  std::cout << "\nattempts\n";
  for (const db::Attempt& attempt : attempts) {
    std::cout << "  " << format_iso_utc(attempt.started_wall_ms) << "  " << (attempt.end.empty() ? "runs" : attempt.end);
    if (!attempt.error_code.empty()) std::cout << "  " << attempt.error_code << ": " << attempt.error_message;
    std::cout << "\n";
  }
  if (!job.held_text.empty()) {
    std::cout << "\n" << (job.held_released_by.empty() ? "held back, not sent" : "was held back, released by " + job.held_released_by)
              << "\n" << job.held_text << "\n";
  }
  if (!job.report_text.empty()) std::cout << "\nreport\n" << job.report_text << "\n";
}

int show(db::Queue& queue, db::JobId id, bool json) {
  const Result<std::optional<db::Job>> job = queue.job(id);
  if (!job) return complain(job.error());
  if (!job.value()) return complain("there is no job " + std::to_string(id), exit_wrong);
  const Result<std::vector<db::Event>> events = queue.events(id);
  const Result<std::vector<db::Attempt>> attempts = queue.attempts(id);
  const Result<std::vector<db::Delivery>> deliveries = queue.deliveries(id);
  if (!events) return complain(events.error());
  if (!attempts) return complain(attempts.error());
  if (!deliveries) return complain(deliveries.error());
  if (json) std::cout << db::json_text(db::job_json(**job, {*events, *attempts, *deliveries}), 2) << "\n";
  else print_job(**job, *events, *attempts);
  return exit_done;
}

int status(db::Queue& queue, const Clock& clock, bool json) {
  const Result<db::QueueStatus> now = queue.status();
  if (!now) return complain(now.error());
  const nlohmann::json facts = db::queue_status_json(*now, clock.wall_ms());
  if (json) {
    std::cout << db::json_text(facts, 2) << "\n";
    return exit_done;
  }
  std::cout << "queued " << now->queued << ", leased " << now->leased << ", delivering " << now->delivering << ", done "
            << now->done << ", dead " << now->dead << ", cancelled " << now->cancelled
            << (now->paused ? "\npaused by " + now->paused_by : "") << "\nworker: "
            << (now->worker_note.empty() ? "never seen" : now->worker_note) << "\nplugin: " << now->plugin_note << "\n";
  return exit_done;
}

// `done` words a success: "job 3: queued again".
int tell(const Status& result, const std::string& done) {
  if (!result) return complain(result.error(), exit_wrong);
  std::cout << done << "\n";
  return exit_done;
}

int steer(db::Queue& queue, const std::string& verb, db::JobId id, bool json) {
  const std::string job = "job " + std::to_string(id);
  if (verb == "show") return show(queue, id, json);
  if (verb == "retry") return tell(queue.retry(id, actor()), job + ": queued again");
  if (verb == "release") return tell(queue.release_held(id, actor()), job + ": queued again, its held text will be sent");
  if (verb == "cancel") return tell(queue.cancel(id, actor()), job + ": cancelled");
  if (verb == "rush") return tell(queue.rush(id, actor()), job + ": goes before everything else");
  const Result<db::JobId> made = queue.rerun(id, actor());
  if (!made) return complain(made.error(), exit_wrong);
  std::cout << "job " << *made << ": queued, a new run of " << job << "\n";
  return exit_done;
}

bool is_job_verb(const std::string& verb) {
  return verb == "show" || verb == "retry" || verb == "release" || verb == "rerun" || verb == "cancel" || verb == "rush";
}

int run(const Configuration& configuration, const Arguments& arguments) {
  const Words& given = arguments.positional();
  const std::string& verb = given.front();
  if (is_file_verb(verb)) return queue_file_command(configuration, given, {arguments.has("--replace"), arguments.has("--json")});
  const SystemClock clock;
  Result<std::unique_ptr<db::Queue>> queue = open_nodes_queue(configuration, clock);
  if (!queue) return complain(queue.error());
  const bool json = arguments.has("--json");
  int code = exit_usage;
  if (given.size() == 1 && verb == "list") return list(**queue, arguments);
  if (given.size() == 1 && verb == "status") return status(**queue, clock, json);
  if (given.size() == 1 && verb == "pause") return tell((*queue)->pause(actor()), "paused: the worker claims nothing");
  if (given.size() == 1 && verb == "resume") {
    code = tell((*queue)->resume(actor()), "resumed");
  } else if (given.size() == 2 && verb == "add") {
    code = queue_add(configuration, **queue, given[1], actor(), clock);
  } else if (given.size() == 2 && is_job_verb(verb)) {
    const std::optional<db::JobId> id = parse_job_id(given[1]);
    if (!id) return complain(given[1] + " is no job number");
    code = steer(**queue, verb, *id, json);
    if (verb == "show" && code == exit_done) note_view(configuration, *id, clock);
  } else {
    std::cerr << usage_text;
    return exit_usage;
  }
  if (code == exit_done) db::ring_doorbell(configuration.database.doorbell);
  return code;
}

}  // namespace

int queue_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {{"--config"}, {"--state"}, {"--study"}, {"--limit"}, {"--replace", OptionKind::flag}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (arguments->positional().empty() || !arguments->has("--config")) {
    std::cerr << usage_text;
    return exit_usage;
  }
  const std::optional<Configuration> configuration = usable_configuration(*arguments->value("--config"));
  if (!configuration) return exit_usage;
  return run(*configuration, *arguments);
}

}  // namespace radfm::ctl
