// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/orthanc-plugin/allocation_failures.h"

#include <cstdlib>
#include <new>

namespace {

thread_local long until_first = 0, to_fail = 0, have_failed = 0;

void* allocate(std::size_t size) {
  if (to_fail > 0 && --until_first <= 0) {
    --to_fail;
    ++have_failed;
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace radfm::plugin {

AllocationFailures::AllocationFailures(long first, long count) {
  until_first = first;
  to_fail = count;
  have_failed = 0;
}

AllocationFailures::~AllocationFailures() { to_fail = 0; }

long AllocationFailures::failed() const { return have_failed; }

}  // namespace radfm::plugin
