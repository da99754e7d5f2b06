// SPDX-License-Identifier: Apache-2.0
// One entry of the trail as an audit message: XML by the schema of PS3.15 A.5.1 (which calls codes `csd-code` and `originalText`).
// A pure function: the same entry and source give the same bytes.
//
// Two things differ from the tables of A.5.3, both on purpose. The participant object "Patient" is left out, which some tables ask
// for: the trail holds no name and no ID of a patient; the Study Instance UID leads to them for whoever may look there. And each
// message has one object more, the trail itself, with number and hash of the entry: by these the repository proves that nothing
// was left out or changed (A.5 allows extensions).
// What people or peers wrote freely (why a draft was withdrawn, a destination's answer) is not in a message.
#pragma once

#include <string>

#include "db/audit_chain.h"

namespace radfm::audit {

inline constexpr std::size_t atna_text_bytes_max = 512;  // of one value that is not ours; the rest is cut

// Who reports: this node.
struct AuditSource {
  std::string host;           // AuditSourceID, and what follows the @ of user names
  std::string ae_title = {};  // dicom.ae_title
};
// This machine's name, or "localhost".
std::string own_host_name();

std::string atna_message(const db::AuditEntry& entry, const AuditSource& source);

// "2026-11-24T05:40:00.123Z": xsd:dateTime, and TIMESTAMP of RFC 5424 6.2.3.
std::string time_of_entry(std::int64_t wall_ms);

}  // namespace radfm::audit
