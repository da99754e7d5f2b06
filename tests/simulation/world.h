// SPDX-License-Identifier: Apache-2.0
// The simulated world: one host with its clocks, processes and queue, the Orthanc beside it, archives, and a model that can die.
// Real in it are: the queue (in memory, or SQLite's over a simulated disk), JobRunner with all that it calls (DraftRun, Delivery,
// OrthancDestination, DestinationRests, withdrawals with real notes), ChangeReader, StudySettler and Arrivals with the rules, and the
// plugin's fake Orthanc, whose answers are parsed as those of the real one are.
// Mirrored in a few lines, since the real ones wait in threads or start programs: JobLoop, Heartbeat, PluginNode
// (worker_process.cpp, plugin_process.cpp). Not simulated: DICOM and HTTP, reader and engine, the files' pixels.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "tests/orthanc-plugin/fake_orthanc.h"
#include "tests/simulation/draft_bytes.h"
#include "tests/simulation/oracle.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/queue_store.h"
#include "tests/simulation/scheduler.h"
#include "tests/simulation/simulated_archive.h"

namespace radfm::simulation {

inline constexpr std::int64_t stable_age_ms = 10'000;  // of the simulated Orthanc
inline constexpr std::int64_t restart_ms = 1'000;      // after which a program that died is started again

struct SimulatedStudy {
  std::string name, orthanc_id, uid, remote_aet;
  int received = 0;                      // images, ever
  std::vector<std::string> images = {};  // SOP Instance UIDs of those that are there, sorted
  std::int64_t changed_true_ms = 0;
  bool gone = false;
  bool lost_images = false;  // deleted, which Orthanc tells nobody
};

// What is wrong with Orthanc as its callers see it.
struct OrthancTrouble {
  bool hangs = false;                        // answers nothing until the caller's deadline
  int refuses = 0;                           // so many requests are answered by an error
  int stores_and_fails = 0, loses_silently = 0;  // of uploads
};

struct EngineTrouble {
  int dies = 0, out_of_memory = 0, reader_dies = 0, away = 0, flagged = 0;  // so many of the next questions
};

// What is wrong with the queue's next calls.
struct QueueTrouble {
  int busy = 0;
  testing_support::SimulatedDisk::Fault fault = testing_support::SimulatedDisk::Fault::none;  // in one of the next calls
  int calls_before = 0, operations_before = 0;
  bool in_settling = false;  // only a call that settles several studies meets it
};

// A wake-up that a program can miss: a datagram reaches who listens.
struct Bell {
  bool rung = false;
};

// What one simulation leaves for the next.
struct Resources {
  StackPool stacks;
  DraftBytes drafts;
};

class World {
 public:
  World(const Plan& plan, Resources& resources, QueueStore& store, const SeededBug* bug, bool traces);
  ~World();

  // -- processes ----------------------------------------------------------------------------------------------------
  void start_orthanc();                // and the plugin in it
  void start_worker(int number);
  void start_adder(const SimulatedStudy& study);  // radfmctl queue add
  void kill(Scheduler::Process& process, bool comes_again = true);
  void stop(Scheduler::Process& process);  // SIGTERM to a worker: it hands its jobs back and ends
  void lose_power();                   // everything in memory is gone, and what the disk had not synced
  void run(Scheduler::Thread& thread);  // up to its next pause; deaths that happened in it are dealt with
  // Called by a thread: its process dies here, or the power goes in this call.
  void die();
  void die(LostCall call);
  std::shared_ptr<Bell> listen();
  void ring();

  // -- the queue ----------------------------------------------------------------------------------------------------
  // For the thread that asks, or an administrator: checked by the oracle, interleaved, and refused or broken as `queue_trouble`
  // says.
  Result<std::unique_ptr<db::Queue>> open_queue();

  // -- studies ------------------------------------------------------------------------------------------------------
  SimulatedStudy& receive_study(const std::string& remote_aet, int images);
  void receive_image(SimulatedStudy& study);
  void something_arrived(SimulatedStudy& study);  // in Orthanc, which waits until nothing more does
  void remove_image(SimulatedStudy& study, std::size_t which);
  void remove_study(SimulatedStudy& study);
  SimulatedStudy* study_of_uid(const std::string& study_instance_uid);

  void say(std::string line) {
    if (traces) trace.push_back(std::move(line));
  }
  void heal();  // every trouble ends, and everything runs

  SimulatedClock clock;
  Scheduler scheduler;
  Draw draw{0};  // of the step that is made
  const Plan& plan;
  QueueStore& store;
  const SeededBug* const bug;
  DraftBytes& drafts;
  Configuration configuration;
  Oracle oracle;
  plugin::FakeOrthanc orthanc_index;                                  // Orthanc's own disk
  std::map<std::string, std::vector<std::uint8_t>> orthanc_objects;   // by SOP Instance UID
  bool orthanc_up = false;
  std::optional<plugin::Arrivals> arrivals;                           // in Orthanc's memory
  OrthancTrouble orthanc_trouble;
  EngineTrouble engine_trouble;
  QueueTrouble queue_trouble;
  std::map<std::string, SimulatedArchive> archives;
  std::map<std::string, std::unique_ptr<SimulatedStudy>> studies;     // by name
  std::map<std::string, std::string> study_of_report;                 // name by SOP Instance UID
  std::set<std::string> live_holders;                                 // names of processes that live
  int drafts_written = 0;
  std::int64_t healed_true_ms = 0;
  const bool traces;
  std::vector<std::string> trace;

 private:
  std::unique_ptr<Clock> queue_clock_;  // of a seeded bug
  std::vector<std::weak_ptr<Bell>> bells_;
  const Scheduler::Process* doomed_ = nullptr;
  std::optional<LostCall> lost_call_;  // in which the power went
  int starts_ = 0, orthanc_runs_ = 0, studies_made_ = 0;
};

}  // namespace radfm::simulation
