// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a worker is heard: by what is read of its last word, looked at again and again. Time is counted from look to look, so
// that neither a wall clock that was set, nor a machine that slept, nor the time before the first look is taken for silence.
// A pure state machine; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace radfm::plugin {

inline constexpr std::int64_t between_looks_max_ms = 10'000;  // a longer one counts as this: nobody looked meanwhile

class WorkerWatch {
 public:
  enum class Change { none, silent, heard };

  // What is known from before this watch: since when it is silent (since()); nothing: it was heard last.
  explicit WorkerWatch(std::optional<std::string> silent_since) : since_(std::move(silent_since)) {}

  // `seen_wall_ms`: the worker's last word, 0: none ever. Answers the same change until it was recorded.
  Change look(std::int64_t seen_wall_ms, std::int64_t now_boot_ms, std::int64_t silence_max_ms);
  void recorded(Change change);
  // In words: when the worker was heard last. Of the change that look() has answered, or of the silence that lasts.
  const std::string& since() const { return since_ ? *since_ : pending_since_; }

 private:
  std::optional<std::string> since_;  // not empty: silent
  std::string pending_since_;
  std::optional<std::int64_t> seen_wall_ms_;
  std::int64_t looked_boot_ms_ = 0, silent_ms_ = 0;
  bool heard_ = false;  // since since_
};

}  // namespace radfm::plugin
