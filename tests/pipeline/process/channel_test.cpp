// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "core/clock.h"
#include "pipeline/process/error_frame.h"

namespace radfm::process {
namespace {

using nlohmann::json;

std::int64_t in_ms(std::int64_t ms) { return SystemClock().boot_ms() + ms; }

struct Pair {
  Pair() {
    std::array<int, 2> fds{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    ours = std::make_unique<Channel>(FileDescriptor(fds[0]));
    theirs = std::make_unique<Channel>(FileDescriptor(fds[1]));
  }
  void write_raw(const std::string& bytes) const {
    ASSERT_EQ(::write(theirs->fd(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  std::unique_ptr<Channel> ours, theirs;
};

std::string header(std::uint32_t json_bytes, std::uint32_t descriptors) {
  std::string bytes = "RFM1";
  for (const std::uint32_t value : {json_bytes, descriptors}) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
  return bytes;
}

std::string code_of_receive(Channel& channel, std::int64_t wait_ms = 5'000) {
  auto frame = channel.receive(in_ms(wait_ms));
  return frame ? "ok" : frame.error().code;
}

TEST(Channel, FramesArriveWholeAndInOrder) {
  // Two frames that lie in the socket together come out one by one, equal to what was sent.
  Pair pair;
  ASSERT_TRUE(pair.ours->send({{"n", 1}, {"text", "caf\xC3\xA9"}}));
  ASSERT_TRUE(pair.ours->send({{"n", 2}}));
  EXPECT_EQ(pair.theirs->receive(-1)->json, (json{{"n", 1}, {"text", "caf\xC3\xA9"}}));
  EXPECT_EQ(pair.theirs->receive(-1)->json, (json{{"n", 2}}));
}

TEST(Channel, BadUtf8IsReplacedNotThrown) {
  // A string out of a hostile file that is no UTF-8 must not end the process that sends it on.
  Pair pair;
  ASSERT_TRUE(pair.ours->send({{"text", "a\xFF\x62"}}));
  EXPECT_EQ(pair.theirs->receive(-1)->json["text"], "a\xEF\xBF\xBD\x62");
}

TEST(Channel, DescriptorsTravelBesideTheirFrame) {
  // What is written into a pipe's end that was sent over comes out at the other end.
  Pair pair;
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const FileDescriptor out(pipe[0]), in(pipe[1]);
  ASSERT_TRUE(pair.ours->send({{"n", 1}}, {in.get(), in.get()}));
  ASSERT_TRUE(pair.ours->send({{"n", 2}}, {in.get()}));
  auto first = pair.theirs->receive(-1), second = pair.theirs->receive(-1);
  ASSERT_EQ(first->descriptors.size(), 2u);
  ASSERT_EQ(second->descriptors.size(), 1u);
  ASSERT_EQ(::write(second->descriptors[0].get(), "x", 1), 1);
  char got = 0;
  ASSERT_EQ(::read(out.get(), &got, 1), 1);
  EXPECT_EQ(got, 'x');
}

TEST(Channel, SendKeepsTheLimits) {
  // A frame of exactly frame_bytes_max goes through, one byte more is refused; so are descriptors.
  Pair pair;
  const std::size_t frame = json{{"t", ""}}.dump().size();
  std::thread reader([&] { EXPECT_EQ(pair.theirs->receive(-1)->json["t"].get<std::string>().size(), frame_bytes_max - frame); });
  EXPECT_TRUE(pair.ours->send({{"t", std::string(frame_bytes_max - frame, 'a')}}));
  reader.join();
  EXPECT_EQ(pair.ours->send({{"t", std::string(frame_bytes_max - frame + 1, 'a')}}).error().code, "frame_too_large");
  EXPECT_TRUE(pair.ours->send({{"n", 1}}, std::vector<int>(frame_descriptors_max, STDERR_FILENO)));
  EXPECT_EQ(pair.theirs->receive(-1)->descriptors.size(), frame_descriptors_max);
  EXPECT_EQ(pair.ours->send({{"n", 1}}, std::vector<int>(frame_descriptors_max + 1, STDERR_FILENO)).error().code,
            "frame_too_large");
}

TEST(Channel, AnnouncedSizesOverTheLimitsAreBadFrames) {
  // At the limit the rest is waited for, one past it the peer is not believed.
  for (const auto& [bytes, descriptors, code] :
       {std::tuple(std::uint32_t(frame_bytes_max), 0u, "timeout"), std::tuple(std::uint32_t(frame_bytes_max + 1), 0u, "bad_frame"),
        std::tuple(8u, std::uint32_t(frame_descriptors_max), "timeout"),
        std::tuple(8u, std::uint32_t(frame_descriptors_max + 1), "bad_frame")}) {
    Pair pair;
    pair.write_raw(header(bytes, descriptors));
    EXPECT_EQ(code_of_receive(*pair.ours, 20), code) << bytes << " " << descriptors;
  }
}

TEST(Channel, NestingAndNumberOfValuesAreBounded) {
  // Text that would cost far more memory than it has bytes is refused at the limit plus one.
  const auto answer = [](const std::string& body) {
    Pair pair;
    std::thread writer([&] { pair.write_raw(header(std::uint32_t(body.size()), 0) + body); });
    const std::string code = code_of_receive(*pair.ours);
    writer.join();
    return code;
  };
  const auto nested = [](int arrays) { return "{\"a\":" + std::string(arrays, '[') + std::string(arrays, ']') + "}"; };
  EXPECT_EQ(answer(nested(frame_nesting_max)), "ok");
  EXPECT_EQ(answer(nested(frame_nesting_max + 1)), "bad_frame");
  std::string many = "{\"a\":[0";  // an object, a key, a list, a value
  for (std::size_t i = 4; i < frame_values_max; ++i) many += ",0";
  EXPECT_EQ(answer(many + "]}"), "ok");
  EXPECT_EQ(answer(many + ",0]}"), "bad_frame");
}

TEST(Channel, GarbageIsABadFrameForEver) {
  // Once the frames' beginning is lost, nothing that follows is believed.
  for (const std::string& raw : {std::string("GET / HTTP/1.1\r\n"), header(3, 0) + "{]}", header(2, 0) + "[]",
                                 header(2, 1) + "{}", header(0, 0)}) {
    Pair pair;
    pair.write_raw(raw);
    EXPECT_EQ(code_of_receive(*pair.ours), "bad_frame");
    ASSERT_TRUE(pair.theirs->send({{"n", 1}}));
    EXPECT_EQ(code_of_receive(*pair.ours), "bad_frame");
  }
}

TEST(Channel, AFrameInPiecesSurvivesTimeoutAndWake) {
  // Half a frame is kept: after a time-out and after a wake-up the rest completes it.
  Pair pair;
  const std::string wire = header(7, 0) + "{\"n\":1}";
  const FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  pair.write_raw(wire.substr(0, 5));
  EXPECT_EQ(code_of_receive(*pair.ours, 5), "timeout");
  pair.write_raw(wire.substr(5, 10));
  ASSERT_EQ(::eventfd_write(wake.get(), 1), 0);
  auto woken = pair.ours->receive(-1, wake.get());
  EXPECT_EQ(woken.error().code, "woken");
  EXPECT_EQ(woken.error().error_class, ErrorClass::cancelled);
  eventfd_t value = 0;
  ASSERT_EQ(::eventfd_read(wake.get(), &value), 0);
  pair.write_raw(wire.substr(15));
  EXPECT_EQ(pair.ours->receive(-1, wake.get())->json, (json{{"n", 1}}));
}

TEST(Channel, AClosedPeerIsGone) {
  // Frames sent before the end are still read; then both directions say peer_gone, and no signal is raised.
  Pair pair;
  ASSERT_TRUE(pair.theirs->send({{"n", 1}}));
  pair.theirs.reset();
  EXPECT_EQ(code_of_receive(*pair.ours), "ok");
  EXPECT_EQ(code_of_receive(*pair.ours), "peer_gone");
  EXPECT_EQ(pair.ours->send({{"n", 2}}).error().code, "peer_gone");
}

TEST(Channel, SendGivesUpOnAPeerThatDoesNotRead) {
  // A deaf peer holds its sender up to the deadline, not longer.
  Pair pair;
  EXPECT_EQ(pair.ours->send({{"t", std::string(8u << 20, 'a')}}, {}, in_ms(20)).error().code, "timeout");
}

TEST(ErrorFrame, OnlyWellFormedErrorsAreBelieved) {
  // Class, code and message of a broken child are brought into a form that log and queue can take.
  const Error error = poison_error("model_broken", "the weights are broken");
  const Error back = error_from_frame("engine", error_frame(error));
  EXPECT_EQ(back.code, error.code);
  EXPECT_EQ(back.message, error.message);
  EXPECT_EQ(back.error_class, error.error_class);
  const Error odd = error_from_frame(
      "reader", {{"class", "cancelled"}, {"code", "Bad Code"}, {"message", "a\nb" + std::string(2 * error_message_bytes_max, 'x')}});
  EXPECT_EQ(odd.error_class, ErrorClass::permanent);
  EXPECT_EQ(odd.code, "reader_error");
  EXPECT_EQ(odd.message.size(), error_message_bytes_max);
  EXPECT_EQ(odd.message.substr(0, 3), "a b");
}

}  // namespace
}  // namespace radfm::process
