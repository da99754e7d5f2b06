// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scu-scp/association.h"
#include "scu-scp/tls_settings.h"

namespace radfm::scu {

inline constexpr std::int64_t association_request_timeout_ms =
    10'000;  // from the TCP connection to our answer

struct KnownCaller {
  std::string ae_title;
  std::string address;  // its IP address as text; empty: from anywhere
};

// Whom our server listens to, and how much.
struct AcceptancePolicy {
  std::string own_ae_title = "RADFM";
  std::vector<KnownCaller> callers;
  std::optional<TlsSettings> tls;
  std::int64_t timeout_ms = 600'000;                           // total, of an established association
  std::int64_t silence_timeout_ms = 120'000;                   // from one request's end to the next one's command
  std::uint64_t received_bytes_max = std::uint64_t{16} << 30;  // of one association
};

// One association that a known caller requested. The requestor is the SCU of Verification and Storage (images
// and reports that this node reads), and the SCP of Storage Commitment, whose results it brings (PS3.4
// J.3.3).
class AcceptedAssociation : public Association {
 public:
  // Takes the socket over in any case. Titles, address and certificate are checked before anything is
  // accepted; whoever fails is rejected (PS3.8 9.3.4). Errors: peer.h; "caller_not_known" (permanent) for
  // whom we rejected.
  static Result<std::unique_ptr<AcceptedAssociation>> accept(int socket, const AcceptancePolicy& policy,
                                                             int wake_fd);
  // The calling AE title.
  virtual const std::string& caller() const = 0;
  // From now on the next request is waited for, or one is being served: which of the policy's two deadlines counts.
  virtual void await_request() = 0;
  virtual void serve_request() = 0;
};

}  // namespace radfm::scu
