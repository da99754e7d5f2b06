// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_requests.h"

namespace radfm::model {

Status EngineRequests::add(int id, bool urgent, process::Frame frame) {
  const std::lock_guard lock(mutex_);
  Place& place = place_of(urgent);
  const Place& other = place_of(!urgent);
  if (place.request || (other.request && other.request->id == id)) {
    return transient_error("engine_busy", "the engine holds one ordinary and one urgent request at a time");
  }
  place.request = std::make_shared<EngineRequest>();
  place.request->id = id;
  place.request->urgent = urgent;
  place.request->frame = std::move(frame);
  place.taken = false;
  arrived_.notify_one();
  return {};
}

void EngineRequests::cancel(int id) {
  const std::lock_guard lock(mutex_);
  for (const Place* place : {&ordinary_, &urgent_}) {
    if (place->request && place->request->id == id) place->request->cancelled = true;
  }
}

std::shared_ptr<EngineRequest> EngineRequests::take(Place& place) {
  if (!place.waits()) return nullptr;
  place.taken = true;
  return place.request;
}

std::shared_ptr<EngineRequest> EngineRequests::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return urgent_.waits() || ordinary_.waits(); });
  return take(urgent_.waits() ? urgent_ : ordinary_);
}

std::shared_ptr<EngineRequest> EngineRequests::take_urgent() {
  const std::lock_guard lock(mutex_);
  return take(urgent_);
}

void EngineRequests::answered(const EngineRequest& request) {
  const std::lock_guard lock(mutex_);
  place_of(request.urgent).request.reset();
}

}  // namespace radfm::model
