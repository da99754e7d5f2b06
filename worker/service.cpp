// SPDX-License-Identifier: Apache-2.0
#include "worker/service.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "core/log.h"
#include "worker/destinations.h"
#include "worker/dicom_peer.h"
#include "worker/event_loop.h"
#include "worker/job_loop.h"
#include "orthanc-client/orthanc_client.h"

namespace radfm::worker {
namespace {

// One of the threads that run jobs, as the others see it.
class JobThread {
 public:
  // `speaks`: JobLoop::Parts.
  JobThread(const Configuration& configuration, bool speaks) : configuration_(configuration), speaks_(speaks) {}

  void rung() {
    bell_.ring();
    const std::lock_guard lock(mutex_);
    if (heartbeat_ != nullptr) heartbeat_->beat_now();
  }
  void stop() {
    interrupt_.raise(Interrupt::Reason::stopping);
    bell_.ring();
  }

  // Runs jobs until stop(). Errors: those of opening the queue.
  Status run(EngineSupervisor& engine, const std::vector<PriorArchive>& archives, SharedByDestinations shared,
             const std::filesystem::path& work) {
    Result<std::unique_ptr<db::Queue>> queue = open_queue();
    if (!queue) return queue.error();
    Result<std::unique_ptr<db::Queue>> beat_queue = open_queue();
    if (!beat_queue) return beat_queue.error();
    Result<std::unique_ptr<orthanc::OrthancClient>> orthanc =
        orthanc::OrthancClient::make(configuration_.orthanc, work, interrupt_.fd());
    if (!orthanc) broken_invariant("orthanc.url was checked before");  // worker_mistakes()
    Heartbeat heartbeat(std::move(beat_queue).value(), configuration_.queue, clock_, interrupt_);
    let_ring(&heartbeat);
    EngineDrafting drafting(engine, configuration_);
    JobLoop({configuration_, clock_, **queue, **orthanc, engine, drafting,
             destinations(configuration_, **orthanc, shared, interrupt_.fd()), heartbeat, interrupt_, bell_, archives, work, speaks_})
        .run();
    let_ring(nullptr);
    return {};
  }

  // Waits while the database may still become usable. cancelled "woken" when the worker stops meanwhile.
  Result<std::unique_ptr<db::Queue>> open_queue() {
    std::string said;
    for (;;) {
      db::OpenQueue how;
      how.path = configuration_.database.path;
      how.settings = configuration_.queue;
      Result<std::unique_ptr<db::Queue>> queue = db::open_sqlite_queue(how, clock_);
      if (queue || queue.error().error_class != ErrorClass::transient) return queue;
      if (said != queue.error().message) {
        said = queue.error().message;
        log_line(LogLevel::error, "worker", "the queue cannot be opened, trying on: " + said);
      }
      pollfd waiting{interrupt_.fd(), POLLIN, 0};
      if (::poll(&waiting, 1, int(trouble_wait_ms)) > 0) return cancelled_error("woken", "the worker stops");
    }
  }

 private:
  void let_ring(Heartbeat* heartbeat) {
    const std::lock_guard lock(mutex_);
    heartbeat_ = heartbeat;
  }

  const Configuration& configuration_;
  const bool speaks_;
  SystemClock clock_;
  Interrupt interrupt_;
  Bell bell_;
  std::mutex mutex_;
  Heartbeat* heartbeat_ = nullptr;  // guarded by mutex_; lives on the thread's stack
};

class Service {
 public:
  explicit Service(const Configuration& configuration)
      : configuration_(configuration), archives_(prior_archives(configuration, moves_)), loop_({[this] { rung(); }, [this] { stop(); }}) {
    for (int i = 0; i <= configuration.queue.studies_ahead; ++i) threads_.push_back(std::make_unique<JobThread>(configuration, i == 0));
  }

  int run() {
    loop_.listen(configuration_.database.doorbell);
    std::thread jobs([this] {
      exit_code_ = serve_jobs();
      loop_.finish();
    });
    loop_.run();
    jobs.join();
    log_line(LogLevel::info, "worker", "stopped");
    return exit_code_;
  }

 private:
  void rung() {
    for (const auto& thread : threads_) thread->rung();
  }
  void stop() {
    for (const auto& thread : threads_) thread->stop();
  }

  int serve_jobs() {
    if (Status opened = take_over(); !opened) return cannot_open(opened.error());
    std::error_code ec;
    const std::filesystem::path work = work_directory(configuration_);
    std::filesystem::create_directories(work, ec);
    if (!ec) std::filesystem::permissions(work, std::filesystem::perms::owner_all, ec);
    if (ec) return cannot_open(permanent_error("work_directory", work.string() + ": " + ec.message()));

    const std::unique_ptr<scu::StorageScp> scp = start_scp();
    EngineSupervisor engine(engine_start(configuration_), clock_);
    std::vector<Status> ended(threads_.size());
    std::vector<std::thread> others;
    const auto run_one = [&](std::size_t i) {
      ended[i] = threads_[i]->run(engine, archives_, {open_commitments_, rests_}, work);
      if (!ended[i]) stop();  // one that cannot go on ends the worker: whoever started it hears why
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
  std::unique_ptr<scu::StorageScp> start_scp() {
    const std::optional<scu::ScpSettings> settings = own_scp(configuration_);
    if (!settings) return nullptr;
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
  SystemClock clock_;
  scu::ExpectedMoves moves_;
  scu::ExpectedCommitments commitments_;
  OpenCommitments open_commitments_{commitments_, clock_};
  DestinationRests rests_{clock_};
  const std::vector<PriorArchive> archives_;
  std::vector<std::unique_ptr<JobThread>> threads_;
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

int serve(const Configuration& configuration) {
  raise_limit_of_open_files();
  return Service(configuration).run();
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
