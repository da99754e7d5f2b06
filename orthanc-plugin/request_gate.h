// SPDX-License-Identifier: GPL-3.0-or-later
// How much of Orthanc the REST interface may take: requests inside at once, so that Orthanc's HTTP threads are never all held by us, and
// requests of one user in a time, so that a script that runs wild does not lock the queue. Safe from any thread.
//
// A client that sends slowly does not come this far: Orthanc reads the whole request before it calls us.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace radfm::plugin {

inline constexpr int requests_inside_max = 16;
// Of Orthanc's HTTP threads (HttpThreadsCount) at most one in so many is ours: the worker needs five for itself.
inline constexpr int threads_to_each_of_ours = 3;
inline constexpr int orthanc_http_threads_default = 50;
int requests_inside_of(int orthanc_http_threads);  // from 1 to requests_inside_max

enum class Cost { small, list, index, change };  // index: a study's whole index, read for one answer

// A bucket of `burst` requests that fills again at `per_minute`. Pages ask for two lists every two seconds.
struct Rate {
  int burst = 0, per_minute = 0;
};
inline constexpr Rate list_rate{600, 3'000};
inline constexpr Rate index_rate{60, 120};
inline constexpr Rate change_rate{120, 240};

class RequestGate {
 public:
  // A place inside, given back by the destructor.
  class Place {
   public:
    explicit Place(std::atomic<int>& inside) : inside_(&inside) {}
    Place(Place&& other) noexcept : inside_(other.inside_) { other.inside_ = nullptr; }
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (inside_ != nullptr) --*inside_;
    }

   private:
    std::atomic<int>* inside_;
  };

  // Before the first request.
  void limit_inside(int at_most) { inside_max_ = at_most; }
  // Nothing: as many are inside as may be.
  std::optional<Place> enter();
  // Counts a request of this cost and answers 0, or the seconds after which this user may try again. `user` is a registered one or empty,
  // so that what is remembered is bounded by Orthanc's users; those without a name share one bucket.
  int seconds_to_wait(Cost cost, const std::string& user, std::int64_t boot_ms);

 private:
  struct Bucket {
    double left = 0;
    std::int64_t filled_boot_ms = 0;
  };
  int inside_max_ = requests_inside_max;
  std::atomic<int> inside_ = 0;
  std::mutex mutex_;
  std::map<std::pair<Cost, std::string>, Bucket> buckets_;  // guarded by mutex_
};

}  // namespace radfm::plugin
