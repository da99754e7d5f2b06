// SPDX-License-Identifier: Apache-2.0
// How far a request is, told to the other side of the wire (engine_client.h): not each of a moment's steps.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace radfm::model {

// Lets a moment's first frame through, and later ones when the last is long enough ago.
class Throttle {
 public:
  bool passes() {
    const Time now = std::chrono::steady_clock::now();
    if (last_ != Time{} && now - last_ < interval) return false;
    last_ = now;
    return true;
  }

 private:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr auto interval = std::chrono::milliseconds(20);
  Time last_{};
};

// Of one request. For the thread that answers.
class Telling {
 public:
  Telling(int id, std::function<void(const nlohmann::json&)> send) : id_(id), send_(std::move(send)) {}
  void tell(const char* stage, int done, int of, const std::string& text) {
    const bool is_new = std::string_view(stage) != stage_;  // told at once: a stage may be over before the next frame is due
    stage_ = stage, done_ = done, of_ = of, text_ = text;
    if (throttle_.passes() || is_new) say(stage);
  }
  void begins() { say(stage_); }
  void is_put_aside() { say("waiting"); }
  void goes_on() { say(stage_); }

 private:
  void say(const char* stage) {
    send_({{"type", "progress"}, {"id", id_}, {"stage", stage}, {"done", done_}, {"of", of_}, {"text", text_}});
  }
  int id_;
  std::function<void(const nlohmann::json&)> send_;
  Throttle throttle_;
  const char* stage_ = "vision";
  int done_ = 0, of_ = 0;
  std::string text_;
};

}  // namespace radfm::model
