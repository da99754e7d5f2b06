// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin writes down in Orthanc's own index, because it must share the index's fate or outlive Orthanc:
// * How far this index's changes were taken over, written before the queue's cursor moves. A cursor beyond it belongs to
//   another index, also when the numbers of that one have meanwhile grown past it. And how far they are known to be in
//   the queue, written after that: where a queue whose file was lost goes on.
// * What Orthanc is being asked about. Found at the next start, Orthanc died over it, or just then: that resource waits
//   longer after each death, while all others go on, and is left behind by name after deaths_of_one_max of them.
//   We ask for nothing that makes Orthanc open a file, so it should never happen. Were it to happen all the same (a
//   study so large that its index alone exhausts the memory), asking again at once would keep Orthanc down for good.
// * Starts in quick succession. Whatever Orthanc dies of, after the second quick death the plugin asks nothing for a
//   while: Orthanc can receive, and a death in that time is known not to be ours.
//
// A process that is killed leaves the same traces as one that crashed, so the limits are such that random kills leave no
// study behind: three of them would have to hit the few milliseconds in which the same study is read.
//
// Lives on the plugin's one thread. Memory: suspects_max names.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.h"
#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr int deaths_of_one_max = 3;
inline constexpr std::int64_t suspect_wait_first_ms = 60'000;  // after each further death four times as long
inline constexpr std::size_t suspects_max = 50;                // beyond it the oldest is forgotten
inline constexpr std::int64_t suspect_kept_ms = 30LL * 86'400'000;  // after its last death
inline constexpr std::int64_t quick_start_ms = 60'000;         // a start this soon after another, without a clean end
inline constexpr std::int64_t quiet_first_ms = 5'000;          // after two deaths; doubled with each further one
inline constexpr std::int64_t quiet_max_ms = 60'000;

class IndexLogbook {
 public:
  // Both must outlive the logbook. Made when Orthanc has started.
  IndexLogbook(OrthancApi& orthanc, const Clock& clock);

  // Reads what the last start left and writes down this one. Nothing else before it has succeeded; then it does nothing.
  Status open();
  // Why nothing may be asked yet; empty when that time is over.
  std::string quiet_because() const;
  // Nothing is in hand and Orthanc ends as it should.
  void close();

  std::int64_t taken_over() const { return taken_over_; }
  std::int64_t in_queue() const { return in_queue_; }  // -1: nothing is known
  Status will_take_over(std::int64_t sequence);  // and all that was begun has been answered
  void has_taken_over() { in_queue_ = taken_over_; }  // written with the next entry, or by rest()

  // Durable before it returns: Orthanc is now asked about `what` ("study ID"), and about nothing else.
  // Errors, here and below: Orthanc's; nothing may be asked then.
  Status begin(const std::string& what);
  Status rest();  // all that was begun has been answered

  int deaths(const std::string& what) const;
  bool must_leave_behind(const std::string& what) const { return deaths(what) >= deaths_of_one_max; }
  // Until when a suspect waits, in wall ms; 0: not at all.
  std::int64_t waits_until_ms(const std::string& what) const;
  void acquit(const std::string& what);  // it was read, and Orthanc lives; written with the next entry
  // One sentence for each that Orthanc died over too often.
  std::vector<std::string> left_behind() const;

 private:
  struct Suspect {
    std::string what;
    int deaths = 0;
    std::int64_t last_death_ms = 0;  // wall clock
  };
  void read(const std::string& text);
  void accuse(const std::string& what);
  Status write();

  OrthancApi& orthanc_;
  const Clock& clock_;
  const std::int64_t started_boot_ms_;
  bool open_ = false, ended_ = false;
  std::int64_t taken_over_ = 0, in_queue_ = -1, in_queue_written_ = -1;
  std::int64_t started_wall_ms_ = 0;
  int quick_deaths_ = 0;
  std::string in_hand_;
  std::vector<Suspect> suspects_;  // oldest first
};

}  // namespace radfm::plugin
