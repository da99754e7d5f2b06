// SPDX-License-Identifier: Apache-2.0
#include "orthanc-client/peer_connection.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>

namespace radfm::orthanc {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;

bool is_readable(int fd) {
  pollfd asked{fd, POLLIN, 0};
  return fd >= 0 && ::poll(&asked, 1, 0) > 0;
}

PeerConnection::PeerConnection(int wake_fd) : socket_(context_), resolver_(context_), waker_(context_) {
  if (wake_fd < 0) return;
  // Asio owns what it watches: it gets a descriptor of its own for the same event.
  const int own = ::dup(wake_fd);
  if (own < 0) return;
  waker_.assign(own);
  watch();
}

void PeerConnection::watch() {
  waker_.async_wait(asio::posix::stream_descriptor::wait_read, [this](ErrorCode ec) {
    if (ec) return;
    // An interruption that came and went between two exchanges is nothing to this one.
    if (!is_readable(waker_.native_handle())) return watch();
    woken_ = true;
    give_up();
  });
}

void PeerConnection::give_up() {
  ErrorCode ignored;
  resolver_.cancel();
  socket_.close(ignored);
}

Error PeerConnection::failure(const ErrorCode& ec, const PeerAddress& address, std::string_view step, std::string_view protocol) const {
  const std::string what = address.label() + ": " + std::string(step);
  if (woken_) return cancelled_error("woken", what + " was given up because the program was told to stop");
  if (late_) return transient_error(std::string(protocol) + "_timeout", what + " took longer than " + address.time_limit);
  if (const std::string refused = certificate_fault(); !refused.empty()) {
    return transient_error(std::string(protocol) + "_unreachable", what + " failed: its certificate is not accepted (" + refused + "); see " +
                                                                       address.address_key + " and the trusted certificates beside it");
  }
  return transient_error(std::string(protocol) + "_unreachable", what + " failed (" + ec.message() + "); is " + address.peer +
                                                                     " running, and is " + address.address_key + " right?");
}

PeerConnection::ErrorCode PeerConnection::connect(const PeerAddress& address, TimePoint deadline) {
  asio::ip::tcp::resolver::results_type found;
  ErrorCode ec = await(deadline, [&](auto handler) {
    resolver_.async_resolve(address.host, address.port, [&found, handler](ErrorCode e, auto results) {
      found = std::move(results);
      handler(e);
    });
  });
  if (ec || late_ || woken_) return ec ? ec : asio::error::operation_aborted;
  ec = await(deadline, [&](auto handler) { asio::async_connect(socket_, found, handler); });
  if (ec) return ec;
  ErrorCode ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  return ec;
}

Status PeerConnection::prepare_tls(const PeerAddress& address) {
  const PeerTls& settings = *address.tls;
  ErrorCode ec;
  std::string file = "the system's authorities";
  const auto use = [&](const std::string& name, const auto& load) {
    if (ec || name.empty()) return;
    file = name;
    load();
  };
  tls_context_.emplace(ssl::context::tls_client);
  tls_context_->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1, ec);
  if (settings.trusted_certificates_file.empty()) tls_context_->set_default_verify_paths(ec);
  use(settings.trusted_certificates_file, [&] { tls_context_->load_verify_file(file, ec); });
  use(settings.certificate_file, [&] { tls_context_->use_certificate_chain_file(file, ec); });
  use(settings.private_key_file, [&] { tls_context_->use_private_key_file(file, ssl::context::pem, ec); });
  if (ec) return permanent_error("tls_not_usable", "TLS cannot be used with " + file + " (" + ec.message() + "); see the settings beside " + address.address_key);
  tls_.emplace(socket_, *tls_context_);
  tls_->set_verify_mode(ssl::verify_peer);
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);  // Asio keeps the one of the "application"
  SSL_set_ex_data(tls_->native_handle(), index, &refused_);
  SSL_set_info_callback(tls_->native_handle(), [](const SSL* session, int where, int alert) {
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && alert >> 8 == SSL3_AL_FATAL) *static_cast<bool*>(SSL_get_ex_data(session, index)) = true;
  });
  require_name(address.host);
  return {};
}

// RFC 9525: the called name, or the called address, stands in the certificate.
void PeerConnection::require_name(const std::string& host) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(tls_->native_handle());
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // A certificate that is itself listed as trusted needs no authority above it.
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1) return;
  X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
  SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());  // RFC 6066 3: names only
}

std::string PeerConnection::certificate_fault() const {
  if (!tls_) return {};
  const long result = SSL_get_verify_result(const_cast<Tls&>(*tls_).native_handle());
  return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

Status PeerConnection::open(const PeerAddress& address, TimePoint deadline, std::string_view protocol) {
  if (const ErrorCode ec = connect(address, deadline)) return failure(ec, address, "connecting", protocol);
  if (!address.tls) return {};
  if (Status prepared = prepare_tls(address); !prepared) return prepared;
  const ErrorCode ec = await(deadline, [&](auto handler) { tls_->async_handshake(ssl::stream_base::client, handler); });
  if (ec) return failure(ec, address, "the TLS handshake", protocol);
  return {};
}

PeerConnection::ErrorCode PeerConnection::shut_down(TimePoint deadline) {
  return await(deadline, [&](auto handler) { tls_->async_shutdown(handler); });
}

bool PeerConnection::all_acknowledged() {
  int outstanding = 0;
  return ::ioctl(socket_.native_handle(), SIOCOUTQ, &outstanding) == 0 && outstanding == 0;
}

}  // namespace radfm::orthanc
