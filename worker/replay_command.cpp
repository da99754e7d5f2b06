// SPDX-License-Identifier: Apache-2.0
#include "worker/replay_command.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "orthanc-client/orthanc_client.h"
#include "worker/engine_drafting.h"
#include "worker/replay.h"
#include "worker/service.h"

namespace radfm::worker {
namespace {

constexpr int exit_same = 0, exit_differs = 1, exit_not_tried = 2;

int complain(const Error& error) {
  std::cerr << "radfm-worker: " << error.code << ": " << error.message << "\n";
  return exit_not_tried;
}

int tell(const Replay& replayed, db::JobId id, bool json) {
  if (json) {
    std::cout << nlohmann::json{{"same", replayed.same}, {"changes", replayed.changes}}.dump(2) << "\n";
  } else if (replayed.same) {
    std::cout << "job " << id << ": the same bytes\n";
  } else {
    std::cout << "job " << id << ": another report\n";
    for (const std::string& change : replayed.changes) std::cout << "  " << change << "\n";
  }
  return replayed.same ? exit_same : exit_differs;
}

}  // namespace

int replay_command(const Configuration& configuration, db::JobId id, bool json) {
  raise_limit_of_open_files();
  const SystemClock clock;
  Interrupt interrupt;
  db::OpenQueue how;
  how.path = configuration.database.path;
  how.settings = configuration.queue;
  how.create = false;
  how.read_only = true;
  Result<std::unique_ptr<db::Queue>> queue = db::open_sqlite_queue(how, clock);
  if (!queue) return complain(queue.error());
  const std::filesystem::path work = work_directory(configuration);
  Result<std::unique_ptr<orthanc::OrthancClient>> orthanc = orthanc::OrthancClient::make(configuration.orthanc, work, interrupt.fd());
  if (!orthanc) return complain(orthanc.error());
  // The port that C-MOVE sends to is the running worker's: archives of that way are missed here, and the difference is told.
  scu::ExpectedMoves moves;
  const std::vector<PriorArchive> archives = prior_archives(configuration, moves);
  WorkTallies uncounted;  // a replay is no work of the node's
  EngineSupervisor engine(engine_start(configuration, uncounted), clock);
  EngineDrafting drafting(engine, configuration, uncounted);
  const FindDestination nowhere = [](const std::string&) { return std::unique_ptr<Destination>(); };
  const Result<Replay> replayed = replay({**queue, **orthanc, drafting, nowhere, configuration, clock, interrupt, archives, work}, id);
  return replayed ? tell(*replayed, id, json) : complain(replayed.error());
}

}  // namespace radfm::worker
