// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/channel.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/clock.h"

namespace radfm::process {
namespace {

constexpr std::uint32_t magic = 0x314D4652;  // "RFM1" in little endian
constexpr std::size_t header_bytes = 12;
constexpr std::size_t read_step_bytes = 1u << 20;  // what a header announces is not allocated before it arrives
constexpr std::size_t control_descriptors_max = 253;  // SCM_MAX_FD: the most that one recvmsg can bring
constexpr int retry_wait_ms = 5;

void put_u32(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xFF));
}

std::uint32_t get_u32(const std::string& in, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t(static_cast<unsigned char>(in[at + i])) << (8 * i);
  return value;
}

Error peer_gone() { return transient_error("peer_gone", "the other process has closed the channel"); }
Error timed_out() { return transient_error("timeout", "the other process did not answer in time"); }

// For poll(): what is left until the deadline; -1 waits for ever.
int wait_ms(std::int64_t deadline_boot_ms) {
  if (deadline_boot_ms < 0) return -1;
  const std::int64_t left = deadline_boot_ms - SystemClock().boot_ms();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

bool passed(std::int64_t deadline_boot_ms) {
  return deadline_boot_ms >= 0 && SystemClock().boot_ms() >= deadline_boot_ms;
}

// One sendmsg of bytes, with descriptors beside the first of them.
ssize_t send_once(int fd, const char* data, std::size_t bytes, const std::vector<int>& descriptors) {
  iovec part{const_cast<char*>(data), bytes};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(frame_descriptors_max * sizeof(int))> control{};
  if (!descriptors.empty()) {
    const std::size_t descriptor_bytes = descriptors.size() * sizeof(int);
    message.msg_control = control.data();
    message.msg_controllen = CMSG_SPACE(descriptor_bytes);
    cmsghdr* const rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptor_bytes);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptor_bytes);
  }
  return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

struct FrameTooRich {};

// Bounds what parsing may allocate. Throws out of the parser, which has no other way to be stopped.
nlohmann::json parse_bounded(const char* first, const char* last) {
  std::size_t values = 0;
  using Event = nlohmann::json::parse_event_t;
  const auto count = [&values](int depth, Event event, nlohmann::json&) {
    if (event != Event::array_end && event != Event::object_end) ++values;
    if (values > frame_values_max || depth > frame_nesting_max) throw FrameTooRich{};
    return true;
  };
  return nlohmann::json::parse(first, last, count);
}

}  // namespace

Channel::Channel(FileDescriptor socket) : socket_(std::move(socket)) {}

Status Channel::send(const nlohmann::json& json, const std::vector<int>& descriptors, std::int64_t deadline_boot_ms) {
  const std::string body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (body.size() > frame_bytes_max || descriptors.size() > frame_descriptors_max) {
    return permanent_error("frame_too_large", "a message of " + std::to_string(body.size()) + " bytes and " +
                                                  std::to_string(descriptors.size()) +
                                                  " descriptors is over the limit between our processes");
  }
  std::string wire;
  wire.reserve(header_bytes + body.size());
  put_u32(wire, magic);
  put_u32(wire, static_cast<std::uint32_t>(body.size()));
  put_u32(wire, static_cast<std::uint32_t>(descriptors.size()));
  wire += body;
  for (std::size_t at = 0; at < wire.size();) {
    const ssize_t sent =
        send_once(socket_.get(), wire.data() + at, wire.size() - at, at == 0 ? descriptors : std::vector<int>{});
    if (sent >= 0) {
      at += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET) return peer_gone();
    const bool full = errno == EAGAIN;
    // ETOOMANYREFS: the peer has not yet taken the descriptors sent before.
    if (!full && errno != ETOOMANYREFS && errno != ENOBUFS && errno != ENOMEM) {
      return transient_error("peer_gone", std::string("sending to the other process failed: ") + std::strerror(errno));
    }
    if (passed(deadline_boot_ms)) return timed_out();
    pollfd waiting{socket_.get(), static_cast<short>(full ? POLLOUT : 0), 0};
    ::poll(&waiting, 1, full ? wait_ms(deadline_boot_ms) : retry_wait_ms);
  }
  return {};
}

Error Channel::bad_frame(const std::string& why) {
  broken_ = true;
  pending_.clear();
  pending_descriptors_.clear();
  return permanent_error("bad_frame", "the other process sent an unreadable message: " + why);
}

// Takes up to `wanted` bytes, and the descriptors beside them, into pending_. Nothing: some came, or none is there yet.
std::optional<Error> Channel::read_some(std::size_t wanted) {
  const std::size_t before = pending_.size();
  pending_.resize(before + std::min(wanted, read_step_bytes));
  iovec part{pending_.data() + before, pending_.size() - before};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(control_descriptors_max * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  const int number = errno;
  pending_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) {
    if (number == EAGAIN || number == EINTR) return std::nullopt;
    return peer_gone();
  }
  for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
      pending_descriptors_.emplace_back(fd);
    }
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0) return bad_frame("descriptors were lost; raise the open files limit");
  if (pending_descriptors_.size() > frame_descriptors_max) return bad_frame("too many descriptors");
  if (got == 0) return peer_gone();
  return std::nullopt;
}

Result<Frame> Channel::take_frame() {
  if (get_u32(pending_, 8) != pending_descriptors_.size()) return bad_frame("the number of descriptors is wrong");
  Frame frame;
  try {
    frame.json = parse_bounded(pending_.data() + header_bytes, pending_.data() + pending_.size());
  } catch (const nlohmann::json::exception&) {
    return bad_frame("not JSON");
  } catch (const FrameTooRich&) {
    return bad_frame("too many or too deeply nested values");
  }
  if (!frame.json.is_object()) return bad_frame("not a JSON object");
  frame.descriptors = std::move(pending_descriptors_);
  pending_.clear();
  pending_descriptors_.clear();
  return frame;
}

Result<Frame> Channel::receive(std::int64_t deadline_boot_ms, int wake_fd) {
  if (broken_) return bad_frame("an earlier one was unreadable");
  for (;;) {
    std::size_t frame_bytes = header_bytes;
    if (pending_.size() >= header_bytes) {
      const std::uint32_t json_bytes = get_u32(pending_, 4);
      if (get_u32(pending_, 0) != magic) return bad_frame("wrong magic");
      if (json_bytes > frame_bytes_max) return bad_frame("too many bytes");
      if (get_u32(pending_, 8) > frame_descriptors_max) return bad_frame("too many descriptors");
      frame_bytes += json_bytes;
      if (pending_.size() == frame_bytes) return take_frame();
    }
    std::array<pollfd, 2> waiting{pollfd{socket_.get(), POLLIN, 0}, pollfd{wake_fd, POLLIN, 0}};  // poll skips fd < 0
    const int ready = ::poll(waiting.data(), waiting.size(), wait_ms(deadline_boot_ms));
    if (ready < 0 && errno != EINTR) return peer_gone();
    if (ready > 0 && waiting[1].revents != 0) return cancelled_error("woken", "the wait was given up on request");
    if (ready > 0 && waiting[0].revents != 0) {
      if (auto error = read_some(frame_bytes - pending_.size())) return *error;
    }
    // Also after bytes have come: a peer that drips a byte at a time does not outlast the deadline.
    if (passed(deadline_boot_ms) && pending_.size() != frame_bytes) return timed_out();
  }
}

}  // namespace radfm::process
