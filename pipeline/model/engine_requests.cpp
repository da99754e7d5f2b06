// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_requests.h"

#include <algorithm>

namespace radfm::model {

Status EngineRequests::add(int id, bool urgent, process::Frame frame) {
  const std::lock_guard lock(mutex_);
  const auto of_kind = std::ranges::count_if(held_, [&](const Held& held) { return held.request->urgent == urgent; });
  const bool known = std::ranges::any_of(held_, [&](const Held& held) { return held.request->id == id; });
  if (known || of_kind >= (urgent ? 1 : ordinary_max_)) {
    return transient_error("engine_busy", "the engine holds " + std::to_string(ordinary_max_) +
                                              " ordinary and one urgent request at a time, each with an id of its own");
  }
  Held& held = held_.emplace_back(std::make_shared<EngineRequest>());
  held.request->id = id;
  held.request->urgent = urgent;
  held.request->frame = std::move(frame);
  arrived_.notify_one();
  return {};
}

void EngineRequests::cancel(int id) {
  const std::lock_guard lock(mutex_);
  for (const Held& held : held_) {
    if (held.request->id == id) held.request->cancelled = true;
  }
}

std::shared_ptr<EngineRequest> EngineRequests::take_held(bool urgent) {
  for (Held& held : held_) {
    if (held.taken || held.request->urgent != urgent) continue;
    held.taken = true;
    return held.request;
  }
  return nullptr;
}

std::shared_ptr<EngineRequest> EngineRequests::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return std::ranges::any_of(held_, [](const Held& held) { return !held.taken; }); });
  if (auto urgent = take_held(true)) return urgent;
  return take_held(false);
}

std::shared_ptr<EngineRequest> EngineRequests::take_one(bool urgent) {
  const std::lock_guard lock(mutex_);
  return take_held(urgent);
}

void EngineRequests::answered(const EngineRequest& request) {
  const std::lock_guard lock(mutex_);
  held_.remove_if([&](const Held& held) { return held.request.get() == &request; });
}

}  // namespace radfm::model
