// SPDX-License-Identifier: GPL-3.0-or-later
// Makes allocations of this thread fail on demand, as when the process that we live in has no memory left.
// allocation_failures.cpp replaces operator new of the whole test program.
#pragma once

namespace radfm::plugin {

class AllocationFailures {
 public:
  static constexpr long all_of_them = 1L << 40;
  // From the `first`-th allocation on (1: the next one), `count` of them throw std::bad_alloc.
  explicit AllocationFailures(long first, long count = 1);
  ~AllocationFailures();
  AllocationFailures(const AllocationFailures&) = delete;
  AllocationFailures& operator=(const AllocationFailures&) = delete;
  long failed() const;  // so many did so far
};

}  // namespace radfm::plugin
