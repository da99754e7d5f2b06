// SPDX-License-Identifier: Apache-2.0
// Frames over an inherited Unix stream socket: one JSON object each, with file descriptors beside it (SCM_RIGHTS).
// Wire form: u32 magic "RFM1", u32 bytes of JSON, u32 number of descriptors (little endian), then the JSON.
// One thread sends and one thread receives at a time; the two may be different threads.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "core/result.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::process {

inline constexpr std::size_t frame_bytes_max = 32u << 20;
inline constexpr std::size_t frame_descriptors_max = 200;  // the kernel's SCM_MAX_FD is 253

struct Frame {
  nlohmann::json json;
  std::vector<FileDescriptor> descriptors;
};

class Channel {
 public:
  explicit Channel(FileDescriptor socket);
  int fd() const { return socket_.get(); }

  // transient "peer_gone" when the other end is closed; permanent "frame_too_large" over the limits.
  Status send(const nlohmann::json& json, const std::vector<int>& descriptors = {});
  // Waits until `deadline_boot_ms` (CLOCK_BOOTTIME; negative: for ever). Errors: "peer_gone", "timeout" (both transient:
  // the caller knows the process and decides what its end means), "bad_frame". `wake_fd` (optional, >= 0): when it
  // becomes readable, the wait ends with cancelled "woken".
  Result<Frame> receive(std::int64_t deadline_boot_ms, int wake_fd = -1);

 private:
  FileDescriptor socket_;
};

}  // namespace radfm::process
