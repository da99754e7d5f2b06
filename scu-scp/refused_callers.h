// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace radfm::scu {

// Points of one address in a minute, beyond which its connections are closed before a word is said.
inline constexpr int refusal_points_max = 60;
inline constexpr int refusal_points = 1;   // of a caller who was refused, or broke the protocol
inline constexpr int silence_points = 10;  // of one who held a place until its time was over
inline constexpr std::int64_t refusal_window_ms = 60'000;
inline constexpr std::size_t remembered_addresses_max = 1'000;

// Which addresses called in vain, so that a scanner, or somebody who opens connections and says nothing, does not keep the places that
// archives need. Counted in windows of a minute. Safe from any thread.
class RefusedCallers {
 public:
  // `now_ms`: of any clock that does not step.
  void note(const std::string& address, int points, std::int64_t now_ms);
  // True for the rest of the window once `at_most` points are exceeded.
  bool is_shut_out(const std::string& address, int at_most, std::int64_t now_ms) const;
  std::size_t remembered() const;

 private:
  struct Record {
    std::int64_t since_ms = 0;
    int points = 0;
  };
  void forget_what_is_over(std::int64_t now_ms);
  mutable std::mutex mutex_;
  std::map<std::string, Record> records_;  // guarded by mutex_
};

}  // namespace radfm::scu
