// SPDX-License-Identifier: GPL-3.0-or-later
#include <new>

#include "orthanc-plugin/plugin_node.h"
#include "tests/orthanc-plugin/allocation_failures.h"
#include "tests/orthanc-plugin/plugin_node_fixture.h"

namespace radfm::plugin {
namespace {

TEST_F(PluginNodeTest, AnyAllocationMayFail) {
  // Aim: of a round that takes over a study and settles it, each allocation fails in turn: at most std::bad_alloc comes out, and the
  // next rounds make the one job that is due.
  work();
  std::size_t studies = 0;
  for (long at = 1;; at += 1 + at / 25) {
    ASSERT_LT(at, 1'000'000);
    clock.advance(600'000);
    receive_whole_study("study " + std::to_string(++studies));
    configure(R"({"orthanc": {"url": "http://127.0.0.1:8042"}})");
    long failed = 0;
    {
      const AllocationFailures failure(at);
      try {
        node->step();
      } catch (const std::bad_alloc&) {
      }
      failed = failure.failed();
    }
    work();
    ASSERT_EQ(job_count(), studies) << "allocation " << at;
    ASSERT_EQ(pending(), 0U);
    if (failed == 0) break;
  }
}

}  // namespace
}  // namespace radfm::plugin
