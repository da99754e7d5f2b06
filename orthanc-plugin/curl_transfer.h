// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin's way out: one POST or one mail by libcurl, the very library that Orthanc itself speaks HTTP with. TLS is always
// verified, chain and name; redirections are not followed; a transfer ends by its deadline whatever the other side does.
//
// Safe from any thread once a CurlLibrary is there. Errors: transient "alert_not_sent", whose message names the server and never
// an address' path, a password or a body; cancelled "stopping" within a second after `stop` was set.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace radfm::plugin {

inline constexpr std::int64_t transfer_timeout_ms = 20'000, transfer_connect_timeout_ms = 10'000;

// Made before the first transfer and while no other thread may call libcurl for the first time (Orthanc has, before it loads plugins).
class CurlLibrary {
 public:
  CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
  ~CurlLibrary();
};

struct HttpPost {
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  std::filesystem::path trusted_certificates_file;  // empty: those that the system trusts
};
// Done: the answer's status is 2xx.
Status post(const HttpPost& request, const std::atomic<bool>& stop);

struct Mail {
  std::string server;              // smtp://HOST:PORT: STARTTLS where it is offered, always with a password; smtps://HOST:PORT
  std::string username, password;  // empty: none is shown
  std::string from;
  std::vector<std::string> to;     // it is sent to those whom the server takes, and fails when it takes none
  std::string text;                // with its head
  std::filesystem::path trusted_certificates_file;
};
Status submit(const Mail& mail, const std::atomic<bool>& stop);

}  // namespace radfm::plugin
