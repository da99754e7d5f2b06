// SPDX-License-Identifier: Apache-2.0
#include "audit/syslog_sender.h"

#include <boost/asio/write.hpp>
#include <chrono>

#include "audit/syslog_message.h"
#include "orthanc-client/peer_connection.h"

namespace radfm::audit {
namespace {

namespace asio = boost::asio;
using orthanc::PeerAddress;
using orthanc::PeerConnection;

constexpr std::string_view protocol = "syslog";

PeerAddress address_of(const AuditSettings& settings, std::int64_t time_limit_ms) {
  PeerAddress address;
  address.host = settings.syslog_host;
  address.port = std::to_string(settings.syslog_port);
  address.tls = orthanc::PeerTls{settings.tls.trusted_certificates_file.string(), settings.tls.certificate_file.string(),
                                 settings.tls.private_key_file.string()};
  address.peer = "the audit record repository";
  address.address_key = "audit.syslog_host";
  address.time_limit = std::to_string(time_limit_ms) + " ms";
  return address;
}

// It ended the connection itself, without the words. What it had not read then its system would have answered with a reset; what came
// after its end is not acknowledged.
bool has_read_all(PeerConnection& connection, const PeerConnection::ErrorCode& ec) {
  return (ec == asio::ssl::error::stream_truncated || ec == asio::error::eof) && connection.all_acknowledged();
}

}  // namespace

Status send_syslog(const AuditSettings& settings, const std::vector<std::string>& messages, int wake_fd, std::int64_t time_limit_ms) {
  const PeerAddress address = address_of(settings, time_limit_ms);
  if (orthanc::is_readable(wake_fd)) return cancelled_error("woken", "nothing is sent to " + address.label() + ": the program was told to stop");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(time_limit_ms);
  PeerConnection connection(wake_fd);
  if (Status opened = connection.open(address, deadline, protocol); !opened) return opened;
  std::string frames;
  for (const std::string& message : messages) frames += syslog_frame(message);
  PeerConnection::ErrorCode ec = connection.await_stream(
      deadline, [&](auto& stream, auto handler) { asio::async_write(stream, asio::buffer(frames), handler); });
  if (ec) return connection.failure(ec, address, "sending audit messages", protocol);
  ec = connection.shut_down(deadline);
  // A refusal ends TLS as a farewell does, so that the end alone does not tell one from the other.
  if (connection.woken() || connection.late() || connection.refused() || (ec && !has_read_all(connection, ec))) {
    return connection.failure(ec, address, "waiting until it has read the audit messages", protocol);
  }
  return {};
}

}  // namespace radfm::audit
