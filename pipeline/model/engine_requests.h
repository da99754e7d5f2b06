// SPDX-License-Identifier: Apache-2.0
// The questions that the engine holds: one at most of each kind, ordinary and urgent, from its arrival until it is answered.
// Knows no model. All functions are safe from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "core/result.h"
#include "pipeline/process/channel.h"

namespace radfm::model {

struct EngineRequest {
  int id = 0;
  bool urgent = false;
  process::Frame frame;
  std::atomic<bool> cancelled = false;
};

class EngineRequests {
 public:
  // transient "engine_busy": one of that kind, or of that id, is held already.
  Status add(int id, bool urgent, process::Frame frame);
  void cancel(int id);  // of an id that is not held: nothing happens

  // Waits for a question that nobody answers yet; an urgent one first.
  std::shared_ptr<EngineRequest> take();
  // An urgent question that nobody answers yet, or nothing.
  std::shared_ptr<EngineRequest> take_urgent();
  // It is answered: the next of its kind may come.
  void answered(const EngineRequest& request);

 private:
  struct Place {
    std::shared_ptr<EngineRequest> request;
    bool taken = false;
    bool waits() const { return request && !taken; }
  };
  Place& place_of(bool urgent) { return urgent ? urgent_ : ordinary_; }
  static std::shared_ptr<EngineRequest> take(Place& place);

  std::mutex mutex_;  // guards the places
  std::condition_variable arrived_;
  Place ordinary_, urgent_;
};

}  // namespace radfm::model
