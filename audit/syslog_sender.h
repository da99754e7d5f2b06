// SPDX-License-Identifier: Apache-2.0
// Syslog messages to an audit record repository over TLS (RFC 5425, PS3.15 A.6). Syslog has no acknowledgement, so each batch has a
// connection of its own, which ends with a close_notify from us: the repository's close_notify (which RFC 5425 4.4 demands) shows that
// it has read what came before, and so does its end of the connection without a reset, when all is acknowledged. Anything else
// counts as not delivered, and the batch is sent again: at least once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/result.h"

namespace radfm::audit {

inline constexpr std::int64_t syslog_time_limit_ms = 20'000;  // of one batch, from the name's resolution to the end

// `wake_fd`: when it becomes readable, it is given up (negative: none). Errors: transient "syslog_unreachable" (also where the
// certificate is not accepted: the message says why), "syslog_timeout"; permanent "tls_not_usable"; cancelled "woken".
Status send_syslog(const AuditSettings& settings, const std::vector<std::string>& messages, int wake_fd,
                   std::int64_t time_limit_ms = syslog_time_limit_ms);

}  // namespace radfm::audit
