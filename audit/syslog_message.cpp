// SPDX-License-Identifier: Apache-2.0
#include "audit/syslog_message.h"

#include "audit/atna_message.h"

namespace radfm::audit {
namespace {

// PRINTUSASCII of RFC 5424 6, cut to the field's length.
std::string field(std::string_view text, std::size_t bytes_max) {
  if (text.empty()) return "-";
  std::string printable(text.substr(0, bytes_max));
  for (char& c : printable) {
    if (c < '!' || c > '~') c = '-';
  }
  return printable;
}

}  // namespace

std::string syslog_message(const SyslogHeader& header, std::string_view xml) {
  std::string message = "<" + std::to_string(syslog_priority) + ">1 " + time_of_entry(header.wall_ms) + " " + field(header.host, 255) + " " +
                        field(header.program, 48) + " " + std::to_string(header.process_id) + " " + std::string(syslog_message_id) + " - ";
  message += "\xEF\xBB\xBF";
  return message += xml;
}

std::string syslog_frame(std::string_view message) { return std::to_string(message.size()) + " " + std::string(message); }

}  // namespace radfm::audit
