// SPDX-License-Identifier: Apache-2.0
// The questions that the engine holds, from their arrival until they are answered: as many ordinary ones as it answers at once,
// and one urgent one. Knows no model. All functions are safe from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>

#include "core/result.h"
#include "pipeline/process/channel.h"

namespace radfm::model {

inline constexpr int jobs_at_once_max = 64;  // ordinary questions

struct EngineRequest {
  int id = 0;
  bool urgent = false;
  process::Frame frame;
  std::atomic<bool> cancelled = false;
};

class EngineRequests {
 public:
  explicit EngineRequests(int ordinary_max = 1) : ordinary_max_(ordinary_max) {}

  // transient "engine_busy": as many of that kind are held already, or one of that id.
  Status add(int id, bool urgent, process::Frame frame);
  void cancel(int id);  // of an id that is not held: nothing happens

  // Waits for a question that nobody answers yet; an urgent one first, of ordinary ones the first that came.
  std::shared_ptr<EngineRequest> take();
  // One of that kind that nobody answers yet, or nothing.
  std::shared_ptr<EngineRequest> take_one(bool urgent);
  // It is answered: the next of its kind may come.
  void answered(const EngineRequest& request);

 private:
  struct Held {
    std::shared_ptr<EngineRequest> request;
    bool taken = false;
  };
  std::shared_ptr<EngineRequest> take_held(bool urgent);  // with mutex_

  const int ordinary_max_;
  std::mutex mutex_;  // guards the list
  std::condition_variable arrived_;
  std::list<Held> held_;  // in the order of arrival
};

}  // namespace radfm::model
