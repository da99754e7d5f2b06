// SPDX-License-Identifier: Apache-2.0
// Frames over an inherited Unix stream socket: one JSON object each, with file descriptors beside it (SCM_RIGHTS).
// Wire form: u32 magic "RFM1", u32 bytes of JSON, u32 number of descriptors (little endian), then the JSON.
// One thread sends and one thread receives at a time; the two may be different threads.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::process {

inline constexpr std::size_t frame_bytes_max = 32u << 20;
inline constexpr std::size_t frame_descriptors_max = 200;  // the kernel's SCM_MAX_FD is 253
// A parsed value costs tens of bytes where its text may cost two: these bound what a hostile frame can make us allocate.
// Values are counted with keys, lists and objects.
inline constexpr std::size_t frame_values_max = 1u << 20;
inline constexpr int frame_nesting_max = 512;

struct Frame {
  nlohmann::json json;
  std::vector<FileDescriptor> descriptors;
};

class Channel {
 public:
  explicit Channel(FileDescriptor socket);
  int fd() const { return socket_.get(); }

  // Strings that are no UTF-8 are sent with U+FFFD in place of the bad bytes. Errors: transient "peer_gone" when the other
  // end is closed; permanent "frame_too_large" over the limits; transient "timeout" when the peer takes nothing until
  // `deadline_boot_ms` (negative: wait for ever); after it the peer has half a frame, and only its end helps.
  Status send(const nlohmann::json& json, const std::vector<int>& descriptors = {}, std::int64_t deadline_boot_ms = -1);
  // Waits until `deadline_boot_ms` (CLOCK_BOOTTIME; negative: for ever). Errors: "peer_gone", "timeout" (both transient:
  // the caller knows the process and decides what its end means), "bad_frame". `wake_fd` (optional, >= 0): when it
  // becomes readable, the wait ends with cancelled "woken". A frame that was half there is kept: after "timeout" and
  // "woken" the next receive goes on with it. After "bad_frame" every receive is "bad_frame".
  Result<Frame> receive(std::int64_t deadline_boot_ms, int wake_fd = -1);

 private:
  std::optional<Error> read_some(std::size_t wanted);
  Result<Frame> take_frame();
  Error bad_frame(const std::string& why);

  FileDescriptor socket_;
  std::string pending_;  // header and JSON of the frame that is arriving
  std::vector<FileDescriptor> pending_descriptors_;
  bool broken_ = false;
};

}  // namespace radfm::process
