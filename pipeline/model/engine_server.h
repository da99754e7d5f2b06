// SPDX-License-Identifier: Apache-2.0
// The engine's side of the wire that pipeline/model/engine_client.h describes: several ordinary requests at once, stepped together
// (LoadedModel::advance), a next one begun as soon as the others' images and prompts are read; progress while they run, cancel at any
// time, and the end of the process as soon as the other side has gone.
// For an urgent request the others are put aside between two steps (a layer of an image or of the prompt, a token), once at a time.
// An urgent request that comes next after another one waits for a step of what was put aside: whoever waits gets on.
// Where the memory does not suffice for two (LoadedModel::answers_max) an urgent one is the next, not at once.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "pipeline/model/engine_requests.h"
#include "pipeline/model/engine_telling.h"
#include "pipeline/model/loaded_model.h"
#include "pipeline/process/channel.h"

namespace radfm::model {

// Owns the channel and a thread that listens on it. When the other side closes the channel that thread ends
// the whole process with exit code 0, whatever is being computed: nobody is left to tell.
class EngineServer {
 public:
  // `jobs_at_once`: ordinary requests that are held, and made together as far as the memory suffices.
  EngineServer(process::FileDescriptor socket, int jobs_at_once);
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  // Loads (telling how far it is) and answers until the process ends. Returns only when loading failed: exit
  // code 1.
  int serve(const LoadOptions& options);

 private:
  struct Making {
    std::shared_ptr<EngineRequest> request;
    Telling telling;
    std::unique_ptr<Answer> answer;
  };

  void listen();
  void accept(process::Frame frame);
  void take_requests(LoadedModel& model);
  void begin(LoadedModel& model, std::shared_ptr<EngineRequest> request);
  Result<std::unique_ptr<Answer>> begun(LoadedModel& model, Making& making);
  void step(LoadedModel& model);
  void ended(const EngineRequest& request, const Result<Generated>& generated);
  bool makes_urgent() const;
  void send(const nlohmann::json& json);

  process::Channel channel_;
  std::mutex sending_;  // both threads send
  const int jobs_at_once_;
  EngineRequests requests_;
  std::list<Making> making_;  // in the order of arrival
  bool others_turn_ = false;  // after an urgent one
  std::thread listener_;
};

}  // namespace radfm::model
