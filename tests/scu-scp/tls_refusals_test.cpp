// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <semaphore>
#include <vector>

#include "core/log.h"
#include "tests/scu-scp/tls_fixture.h"

namespace radfm::scu {
namespace {

using ::testing::HasSubstr;

std::mutex log_mutex;
std::vector<std::string> log_lines;  // guarded by log_mutex

void keep_line(LogLevel, const std::string& line) {
  const std::lock_guard lock(log_mutex);
  log_lines.push_back(line);
}

// Callers are an independent client, since ours would not even try most of this.
class TlsRefusalsTest : public TlsFixture {
 protected:
  void SetUp() override {
    TlsFixture::SetUp();
    if (test::find_python().empty()) GTEST_SKIP() << "pynetdicom (.deps) is not set up";
    log_lines.clear();
    set_log_sink(&keep_line);
  }
  void TearDown() override { set_log_sink(nullptr); }

  // "established" or "refused".
  static std::string call(int port, const std::string& version, const std::string& own = "") {
    std::vector<std::string> command = {test::find_python(), "tests/scu-scp/tls_caller.py", std::to_string(port), version,
                                        made().certificate("clinic")};
    if (!own.empty()) command.insert(command.end(), {made().key(own), made().certificate(own)});
    const auto run = test::run_outside_program(command);
    return run.output.substr(0, run.output.find('\n'));
  }
  // The server ends an association on its own thread, later perhaps than the caller hears of it: the lines are complete when it has stopped.
  static std::string logged_with(std::unique_ptr<StorageScp>& scp, const std::string& code) {
    scp.reset();
    std::string found;
    const std::lock_guard lock(log_mutex);
    for (const std::string& line : log_lines) {
      if (line.find(code) != std::string::npos) found += line + "\n";
    }
    return found;
  }
};

TEST_F(TlsRefusalsTest, CallersWithoutAGoodCertificate) {
  // Aim: none, another authority's, an expired one, a self-signed one, in both versions of TLS: each is refused, and the next good caller is heard.
  for (const char* version : {"1.2", "1.3"}) {
    for (const char* own : {"", "foreign", "expired", "alone"}) {
      auto scp = secure_scp(settings("node", "clinic"));
      EXPECT_EQ(call(scp->port(), version, own), "refused") << version << " " << own;
      EXPECT_EQ(call(scp->port(), version, "node"), "established") << version << " after " << own;
      EXPECT_THAT(logged_with(scp, "tls_refused"), HasSubstr("TLS handshake failed")) << version << " " << own;
    }
  }
}

TEST_F(TlsRefusalsTest, OldVersionsAndPlainText) {
  // Aim: TLS 1.0, 1.1 and no TLS at all reach nothing at the secure port, with a certificate that is trusted, and the port stays usable.
  for (const char* version : {"1.0", "1.1", "plain"}) {
    auto scp = secure_scp(settings("node", "clinic"));
    EXPECT_EQ(call(scp->port(), version, "node"), "refused") << version;
    EXPECT_EQ(call(scp->port(), "1.2", "node"), "established") << "after " << version;
    EXPECT_NE(logged_with(scp, "tls_refused"), "") << version;
  }
}

TEST_F(TlsRefusalsTest, TlsAtThePlainPort) {
  // Aim: our server without TLS takes a ClientHello for what it is, no PDU, and is usable afterwards.
  ScpSettings plain;
  plain.address = "127.0.0.1";
  plain.policy.callers = {{"ARCHIVE", ""}};
  auto started = StorageScp::start(plain, moves_, commitments_);
  ASSERT_TRUE(started.ok());
  EXPECT_EQ(call((*started)->port(), "1.3", "node"), "refused");
  EXPECT_EQ(echo((*started)->port(), settings("node", "clinic")).error().code, "tls_refused");
  EXPECT_EQ(call((*started)->port(), "plain"), "established");
  EXPECT_NE(logged_with(*started, "peer_broke_protocol"), "");
}

TEST_F(TlsRefusalsTest, ServersWithoutAGoodCertificate) {
  // Aim: our client leaves a server whose certificate is another authority's, expired, self-signed or another host's, and one that speaks TLS 1.1.
  for (const char* server : {"foreign", "expired", "alone", "elsewhere"}) {
    test::PythonPeer peer({test::find_python(), "tests/scu-scp/tls_peer.py", "RADFM", made().key(server), made().certificate(server),
                           made().certificate("clinic")});
    EXPECT_EQ(echo(peer.port(), settings("node", "clinic")).error().code, "tls_refused") << server;
  }
  test::PythonPeer old({test::find_python(), "tests/scu-scp/tls_peer.py", "RADFM", made().key("node"), made().certificate("node"),
                        made().certificate("clinic"), "1.1"});
  EXPECT_EQ(echo(old.port(), settings("node", "clinic")).error().code, "tls_refused");
  test::PythonPeer good({test::find_python(), "tests/scu-scp/tls_peer.py", "RADFM", made().key("node"), made().certificate("node"),
                         made().certificate("clinic")});
  EXPECT_TRUE(echo(good.port(), settings("node", "clinic")).ok());
}

TEST_F(TlsRefusalsTest, AnAddressThatIsAlwaysRefusedIsShutOut) {
  // Aim: at the limit the next call is still answered, one past it even a good one is closed, and the log says so once.
  ScpSettings plain;
  plain.address = "127.0.0.1";
  plain.policy.callers = {{"SOMEBODY", ""}};
  plain.refusal_points_max = 2;
  std::counting_semaphore<> counted(0);  // the server counts a refusal after it has answered
  plain.not_let_in = [&](const Error&) { counted.release(); };
  auto started = StorageScp::start(plain, moves_, commitments_);
  ASSERT_TRUE(started.ok());
  int refused = 0;
  for (; refused < 20; ++refused) {
    EXPECT_FALSE(echo((*started)->port(), std::nullopt).ok());
    if (!counted.try_acquire_for(std::chrono::seconds(3))) break;  // closed before it could be refused
  }
  EXPECT_EQ(refused, 3);
  const std::string told = logged_with(*started, "closed at once for a minute");
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 1);
}

}  // namespace
}  // namespace radfm::scu
