// SPDX-License-Identifier: Apache-2.0
// A process that dies by SIGKILL at a chosen point of its way: the way is walked once to learn its points, then once for each of
// them in a process of its own. Points are named by the tests' own stand-ins (a queue, an archive), so no program of ours has any
// of this. State of one process, for one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace radfm::test {

class Death {
 public:
  // Remembers the points that are passed from now on; nobody dies.
  static void record();
  static std::vector<std::string> recorded();  // in order, and no longer after this
  // This process dies the `time`-th time (from 1) that `point` is passed from now on; "": any point.
  static void await(const std::string& point, int time);
  static void pass(const std::string& point);

  // From here on each write, sync and cut of a database file or journal of SQLite in this process is a point of the act that is
  // going on: "finish: writes the journal". Without an act it is none.
  static void watch_files();
  class Act {
   public:
    explicit Act(const std::string& name);
    Act(const Act&) = delete;
    Act& operator=(const Act&) = delete;
    ~Act();
  };

  // Runs `way` in a child process; true when that died by SIGKILL. A way that comes to its end is false. No database may be open.
  static bool comes_in_child(const std::function<void()>& way);
};

}  // namespace radfm::test
