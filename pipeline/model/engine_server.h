// SPDX-License-Identifier: Apache-2.0
// The engine's side of the wire that pipeline/model/engine_client.h describes: one request after the other, but for an urgent
// one, for which the running one is put aside between two steps (generation.h: an image, a layer of the prompt, a token), once
// at a time; progress while they run, cancel at any time, and the end of the process as soon as the other side has gone.
// An urgent request that comes next after another one waits for a step of what was put aside: whoever waits gets on.
// Where the memory does not suffice for two (LoadedModel::holds_two) an urgent one is the next, not at once.
#pragma once

#include <mutex>
#include <thread>

#include "pipeline/model/engine_requests.h"
#include "pipeline/model/loaded_model.h"
#include "pipeline/process/channel.h"

namespace radfm::model {

// Owns the channel and a thread that listens on it. When the other side closes the channel that thread ends
// the whole process with exit code 0, whatever is being computed: nobody is left to tell.
class EngineServer {
 public:
  explicit EngineServer(process::FileDescriptor socket);
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  // Loads (telling how far it is) and answers until the process ends. Returns only when loading failed: exit
  // code 1.
  int serve(const LoadOptions& options);

 private:
  void listen();
  void accept(process::Frame frame);
  void answer(LoadedModel& model, EngineRequest& request);
  Result<Generated> generate(LoadedModel& model, EngineRequest& request);
  void send(const nlohmann::json& json);

  process::Channel channel_;
  std::mutex sending_;  // both threads send
  EngineRequests requests_;
  std::thread listener_;
};

}  // namespace radfm::model
