// SPDX-License-Identifier: Apache-2.0
#include "worker/service.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <latch>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/log.h"
#include "db/queue_file.h"
#include "worker/audit_desk.h"
#include "worker/dicom_peer.h"
#include "worker/engine_drafting.h"
#include "worker/event_loop.h"
#include "worker/health.h"
#include "worker/job_thread.h"
#include "worker/notify_socket.h"
#include "worker/queue_upkeep.h"
#include "worker/rules_reload.h"
#include "orthanc-client/orthanc_client.h"
#include "orthanc-client/unnamed_file.h"

namespace radfm::worker {
namespace {

constexpr std::int64_t still_starting_ms = 30'000;  // the manager's patience while the queue cannot be opened, renewed each tick

class Service {
 public:
  Service(const Configuration& configuration, NotifySocket notify)
      : configuration_(configuration), notify_(std::move(notify)), archives_(prior_archives(configuration, moves_)),
        reload_(configuration.file),
        loop_({[this] { rung(); }, [this] { stop(); }, [this] { drain(); }, [this] { tick(); }, [this] { reload_.ask(); }}) {
    const JobThread::Shared shared{configuration, health_, tallies_, archives_, open_commitments_, rests_};
    for (int i = 0; i < configuration.model.jobs_at_once + configuration.queue.studies_ahead; ++i) {
      threads_.push_back(std::make_unique<JobThread>(shared, db::Claimable::all, &preparing_, i == 0));
    }
    if (configuration.queue.stat_interrupts) {
      threads_.push_back(std::make_unique<JobThread>(shared, db::Claimable::stat, nullptr, false));
    }
  }

  int run() {
    tick();
    loop_.listen(configuration_.database.doorbell);
    std::thread jobs([this] {
      exit_code_ = serve_jobs();
      loop_.finish();
    });
    loop_.run();
    notify_.stopping();
    jobs.join();
    log_line(LogLevel::info, "worker", "stopped");
    return exit_code_;
  }

 private:
  void rung() {
    for (const auto& thread : threads_) thread->rung();
  }
  void stop_all() {
    for (const auto& thread : threads_) thread->stop();
  }
  void stop() {
    health_.drain("the worker stops, jobs in work are handed back");
    notify_.stopping();
    stop_all();
  }
  void drain() {
    health_.drain("jobs in work are finished, then the worker ends");
    for (const auto& thread : threads_) thread->drain();
  }

  // On the main thread. What the service manager hears as a sign of life is said by who sees that the job threads turn.
  void tick() {
    look_at_disk(health_, configuration_.database.path);
    const std::string resting = rests_.resting();
    if (resting.empty()) health_.over(Health::Part::destinations);
    else health_.trouble(Health::Part::destinations, health_destination_rests, resting);
    end_if_stuck();
    tell_manager();
  }

  void end_if_stuck() {
    const std::int64_t max_ms = turn_silence_max_ms(configuration_, threads_.size());
    for (const auto& thread : threads_) {
      const std::int64_t silent_ms = thread->silent_ms();
      if (silent_ms <= max_ms) continue;
      log_line(LogLevel::error, "worker", "a job thread has made no turn for " + std::to_string(silent_ms / 1'000) +
                                              " s, longer than all that it could wait for: it hangs, and the worker ends so that it is started anew");
      std::_Exit(exit_stuck);  // engine and reader die with us; the jobs are taken back by the next worker
    }
  }

  void tell_manager() {
    if (const std::string note = health_note(health_.now()); note != told_) notify_.status(told_ = note);
    if (queue_is_open_ && !told_ready_) {
      told_ready_ = true;
      notify_.ready();
    }
    if (told_ready_) notify_.alive();
    else notify_.still_starting(still_starting_ms);
  }

  int serve_jobs() {
    if (Status opened = take_over(); !opened) return cannot_open(opened.error());
    if (Status whole = db::check_queue_file_when_due(configuration_.database.path, clock_); !whole) return cannot_open(whole.error());
    queue_is_open_ = true;
    const QueueUpkeep upkeep(configuration_, clock_);
    std::error_code ec;
    const std::filesystem::path work = work_directory(configuration_);
    std::filesystem::create_directories(work, ec);
    if (!ec) std::filesystem::permissions(work, std::filesystem::perms::owner_all, ec);
    if (ec) {
      log_line(LogLevel::error, "worker", "work_directory: " + work.string() + ": " + ec.message() + "; it must belong to the worker's user");
      return exit_work_directory;
    }
    orthanc::remove_leftovers(work);

    AuditDesk audit(configuration_, clock_);
    const std::unique_ptr<scu::StorageScp> scp = start_scp(audit);
    EngineSupervisor engine(engine_start(configuration_, tallies_), clock_);
    std::vector<Status> ended(threads_.size());
    std::vector<std::thread> others;
    std::latch all_have_ended(static_cast<std::ptrdiff_t>(threads_.size()));
    const auto run_one = [&](std::size_t i) {
      ended[i] = threads_[i]->run(engine, work);
      if (!ended[i]) stop_all();  // one that cannot go on ends the worker: whoever started it hears why
      all_have_ended.arrive_and_wait();  // the engine dies with the thread that started it, and others may still need it
    };
    for (std::size_t i = 1; i < threads_.size(); ++i) others.emplace_back(run_one, i);
    run_one(0);
    for (std::thread& other : others) other.join();
    for (const Status& end : ended) {
      if (!end && end.error().error_class != ErrorClass::cancelled) return cannot_open(end.error());
    }
    return exit_stopped;
  }

  // Without it reports are made all the same: what C-MOVE should bring is missed, and the reports say so. A draft for an
  // archive with storage commitment waits, unless the archive answers on the association that asked.
  std::unique_ptr<scu::StorageScp> start_scp(AuditDesk& audit) {
    std::optional<scu::ScpSettings> settings = own_scp(configuration_);
    if (!settings) return nullptr;
    settings->not_let_in = [&audit](const Error& error) {
      if (std::optional<db::AuditNote> note = note_of_refusal(error)) audit.note(std::move(*note));
    };
    Result<std::unique_ptr<scu::StorageScp>> scp = scu::StorageScp::start(*settings, moves_, commitments_);
    if (scp) {
      log_line(LogLevel::info, "worker", "archives are answered at port " + std::to_string((*scp)->port()));
      return std::move(*scp);
    }
    log_line(LogLevel::error, "worker", scp.error().code + ": " + scp.error().message + "; no priors by C-MOVE and no storage commitment until dicom.port is free and the worker is restarted");
    return nullptr;
  }

  // What the worker before us held goes on now, not when its lease runs out.
  Status take_over() {
    Result<std::unique_ptr<db::Queue>> queue = threads_.front()->open_queue();
    if (!queue) return queue.error();
    if (Result<int> taken = reclaim_of_the_dead(**queue, clock_); taken && *taken > 0) {
      log_line(LogLevel::warning, "worker", std::to_string(*taken) + " job(s) of a worker that vanished were taken back");
    }
    return {};
  }

  int cannot_open(const Error& error) {
    if (error.error_class == ErrorClass::cancelled) return exit_stopped;
    log_line(LogLevel::error, "worker", error.code + ": " + error.message);
    return exit_database;
  }

  const Configuration& configuration_;
  NotifySocket notify_;                                  // of the main thread, as the two below
  std::string told_;
  bool told_ready_ = false;
  std::atomic<bool> queue_is_open_{false};
  Health health_{[this](const std::string& note) {
    for (const auto& thread : threads_) thread->say(note);
  }};
  WorkTallies tallies_;
  SystemClock clock_;
  scu::ExpectedMoves moves_;
  scu::ExpectedCommitments commitments_;
  OpenCommitments open_commitments_{commitments_, clock_};
  DestinationRests rests_{clock_};
  const std::vector<PriorArchive> archives_;
  PreparationTurns preparing_{configuration_.queue.studies_ahead + 1, [this] {
    for (const auto& thread : threads_) thread->may_claim();
  }};
  std::vector<std::unique_ptr<JobThread>> threads_;
  RulesReload reload_;
  EventLoop loop_;
  int exit_code_ = exit_stopped;
};

}  // namespace

void raise_limit_of_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::filesystem::path work_directory(const Configuration& configuration) {
  std::filesystem::path path = configuration.database.path;
  return path += ".work";
}

// The one wait that our deadlines do not end: the system's resolver cannot be interrupted, neither by Asio nor in DCMTK, and with
// its defaults (5 s, twice, for each name server) it outlasts most of them. What an administrator has set stays.
void limit_name_resolution() { ::setenv("RES_OPTIONS", "timeout:2 attempts:2", 0); }

int serve(const Configuration& configuration) {
  NotifySocket notify = NotifySocket::from_environment();
  raise_limit_of_open_files();
  limit_name_resolution();
  return Service(configuration, std::move(notify)).run();
}

std::vector<ConfigurationMistake> worker_mistakes(const Configuration& configuration) {
  std::vector<ConfigurationMistake> mistakes;
  if (Result<orthanc::HttpEndpoint> endpoint = orthanc::orthanc_endpoint(configuration.orthanc); !endpoint) {
    mistakes.push_back({configuration.file.string(), "orthanc.url", endpoint.error().message});
  } else if (const std::string& trusted = configuration.orthanc.trusted_certificates_file.string();
             endpoint->tls && !trusted.empty() && ::access(trusted.c_str(), R_OK) != 0) {
    mistakes.push_back({configuration.file.string(), "orthanc.trusted_certificates_file", "cannot read the file " + trusted});
  }
  const auto moved_by = [&](bool tls) {
    return std::ranges::any_of(configuration.pacs, [&](const PacsNode& node) { return calls_us(node) && node.tls == tls; });
  };
  if (moved_by(true) && moved_by(false)) {
    mistakes.push_back({configuration.file.string(), "pacs", "all entries with priors c_move or verify commitment need the same tls: they call one port of ours"});
  }
  return mistakes;
}

}  // namespace radfm::worker
