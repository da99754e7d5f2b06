// SPDX-License-Identifier: Apache-2.0
// The engine's side of the wire that pipeline/model/engine_client.h describes: one request at a time,
// progress while it runs, cancel at any time, and the end of the process as soon as the other side has gone.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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
  struct Request {
    int id = 0;
    process::Frame frame;
    std::atomic<bool> cancelled = false;
  };

  void listen();
  void accept(process::Frame frame);
  std::shared_ptr<Request> next_request();
  void answer(LoadedModel& model, Request& request);
  Result<Generated> generate(LoadedModel& model, Request& request);
  void send(const nlohmann::json& json);

  process::Channel channel_;
  std::mutex sending_;  // both threads send
  std::mutex mutex_;    // guards the two below
  std::condition_variable arrived_;
  std::shared_ptr<Request> active_;  // from its arrival until it is answered
  bool taken_ = false;               // the answering thread works on it
  std::thread listener_;
};

}  // namespace radfm::model
