// SPDX-License-Identifier: Apache-2.0
// How fast this machine's memory can be read. A token of the language model reads every weight once, so that this
// figure bounds the tokens a second, whatever the program does.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace radfm::model {

inline constexpr std::int64_t bandwidth_buffer_bytes = std::int64_t{1} << 30;  // larger than any cache

// Bytes a second, the best of some passes over a buffer, read by all of the process's threads (on a GPU: by all of
// it).
double read_bandwidth(c10::Device device);

}  // namespace radfm::model
