// SPDX-License-Identifier: Apache-2.0
// An audit message as syslog carries it: RFC 5424 within the frame of RFC 5425, by PS3.15 A.6. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace radfm::audit {

inline constexpr int syslog_priority = 85;  // facility 10 (security/authorization), severity 5 (normal but significant): A.6
inline constexpr std::string_view syslog_message_id = "DICOM+RFC3881";
inline constexpr std::size_t syslog_message_bytes_max = 32'768;  // what every repository must take (A.6); ours stay far below

struct SyslogHeader {
  std::int64_t wall_ms = 0;
  std::string host, program;  // bytes that the header may not hold become '-'
  std::int64_t process_id = 0;
};

// "<85>1 TIME HOST PROGRAM PROCESS DICOM+RFC3881 - " and the XML after a byte order mark (RFC 5424 6.4: UTF-8).
std::string syslog_message(const SyslogHeader& header, std::string_view xml);
// "LENGTH " and the message: octet counting (RFC 5425 4.3).
std::string syslog_frame(std::string_view message);

}  // namespace radfm::audit
