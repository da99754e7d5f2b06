// SPDX-License-Identifier: Apache-2.0
// Torch's exceptions as values. Their first line names sizes and operators, never a prompt's text.
#pragma once

#include <c10/util/Exception.h>

#include <new>

#include "core/result.h"

namespace radfm::model {

// Poison "out_of_memory" or "engine_failed". Only a GPU's own allocator has an exception of its own for want of memory; the
// processor's, cuBLAS and the driver say it in words, which torch_failure_test.cpp pins.
Error torch_failure(const c10::Error& error);
Error memory_exhausted(const char* where);

template <class Value, class Work>
Result<Value> caught(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return memory_exhausted("in this machine's memory");
  } catch (const c10::OutOfMemoryError&) {
    return memory_exhausted("on its device");
  } catch (const c10::Error& error) {
    return torch_failure(error);
  }
}

}  // namespace radfm::model
