// SPDX-License-Identifier: Apache-2.0
// Thousands of mutated conversations against the running storage SCP. The right one is recorded from our own
// SCU through a relay, then bytes of it are changed, cut out, doubled and moved. tests/scu-scp/sanitized_campaign runs a million.
#include <gtest/gtest.h>

#include <limits>

#include <cstdlib>
#include <random>
#include <semaphore>
#include <thread>

#include "core/log.h"
#include "scu-scp/storage_scp.h"
#include "tests/scu-scp/archive_fixture.h"
#include "tests/scu-scp/raw_socket.h"

namespace radfm::scu {
namespace {

// Stands between a caller and the server on 127.0.0.1, and keeps what the caller says.
class Relay {
 public:
  explicit Relay(int server_port) : thread_([this, server_port] { run(server_port); }) {}
  ~Relay() { thread_.join(); }
  int port() const { return listener_.port(); }
  const Bytes& said() {
    done_.acquire();
    return said_;
  }

 private:
  void run(int server_port) {
    listener_.wait_for_connection();
    test::RawSocket server(server_port);
    pollfd ends[2] = {{listener_.accepted(), POLLIN, 0}, {server.get(), POLLIN, 0}};
    std::uint8_t buffer[65'536];
    while (::poll(ends, 2, 20'000) > 0) {
      const int from = ends[0].revents != 0 ? 0 : 1;
      const ssize_t count = ::recv(ends[from].fd, buffer, sizeof buffer, 0);
      if (count <= 0) break;
      if (from == 0) said_.insert(said_.end(), buffer, buffer + count);
      if (::send(ends[1 - from].fd, buffer, static_cast<std::size_t>(count), MSG_NOSIGNAL) != count) break;
    }
    listener_.close_connection();
    done_.release();
  }

  test::SilentListener listener_;
  Bytes said_;
  std::binary_semaphore done_{0};
  std::thread thread_;
};

Bytes mutated(Bytes bytes, std::mt19937& random) {
  const auto at = [&] { return random() % bytes.size(); };
  for (unsigned i = 0; i <= random() % 4; ++i) {
    const std::size_t from = at(), count = std::min<std::size_t>(1 + random() % 64, bytes.size() - from);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(from),
               end = begin + static_cast<std::ptrdiff_t>(count);
    switch (random() % 6) {
      case 0:
        bytes[from] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        bytes[from] ^= static_cast<std::uint8_t>(1u << random() % 8);
        break;
      case 2:
        std::fill(begin, end, static_cast<std::uint8_t>(random() % 2 ? 0xFF : 0));
        break;
      case 3:
        bytes.erase(begin, end);
        break;
      case 4: {
        const Bytes copy(begin, end);
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at()), copy.begin(), copy.end());
        break;
      }
      default:
        bytes.resize(from + 1);
        break;
    }
    if (bytes.empty()) bytes.push_back(0);
  }
  return bytes;
}

TEST(StorageScpMutation, NothingStopsItAndNothingForeignIsKept) {
  // Aim: after each conversation the server ends it; it still serves at the end; files stand in the sink's
  // folder only, under numbers, and each is whole.
  use_dicom_network();
  const char *asked = std::getenv("RADFM_MUTATIONS"), *other_seed = std::getenv("RADFM_MUTATION_SEED");
  const int conversations = asked != nullptr ? std::atoi(asked) : 3'000;
  const unsigned seed = other_seed != nullptr ? static_cast<unsigned>(std::atoi(other_seed)) : 20'251'128;
  SCOPED_TRACE("seed " + std::to_string(seed));
  test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "sink");
  ExpectedMoves moves;
  ExpectedCommitments commitments;
  ScpSettings settings;
  settings.refusal_points_max = std::numeric_limits<int>::max();  // all of these calls are refused
  settings.address = "127.0.0.1";
  settings.policy.callers = {{"ARCHIVE", ""}};
  settings.policy.received_bytes_max = 1u << 20;
  auto scp = StorageScp::start(settings, moves, commitments);
  ASSERT_TRUE(scp.ok()) << scp.error().message;
  set_log_level(LogLevel::error);  // each refusal is a warning
  const auto sink = std::make_shared<FolderSink>(folder.path() / "sink", RetrievalLimits{});
  const auto move = moves.expect("RADFM", "ARCHIVE", {uid_from_name("old"), {}, ""}, sink);

  Relay relay((*scp)->port());
  Peer caller = peer_at(relay.port(), "RADFM");
  caller.own_ae_title = "ARCHIVE";
  ASSERT_TRUE(StoreScu(caller).store({image_of("old", "a", 1), image_of("old", "b", 1)}).ok());
  const Bytes right = relay.said();
  ASSERT_GT(right.size(), 1'000u);

  std::mt19937 random(seed);
  for (int i = 0; i < conversations; ++i) {
    test::RawSocket socket((*scp)->port());
    socket.send(mutated(right, random));
    socket.end();
    ASSERT_TRUE(socket.is_closed_by_peer()) << "conversation " << i;
  }
  caller.port = (*scp)->port();
  EXPECT_TRUE(EchoScu(caller).echo().ok());
  scp->reset();
  const auto kept = sink->close();
  RecordProperty("kept", static_cast<int>(kept.size()));
  EXPECT_GT(kept.size(), 2u);
  for (const auto& object : kept) EXPECT_EQ(object.identity.study_uid, uid_from_name("old"));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "sink")) {
    ++files;
    EXPECT_EQ(entry.path().extension(), ".dcm");
  }
  EXPECT_EQ(files, kept.size());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
  set_log_level(LogLevel::info);
}

}  // namespace
}  // namespace radfm::scu
