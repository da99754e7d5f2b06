// SPDX-License-Identifier: GPL-3.0-or-later
// Entity tags (RFC 9110 8.8.3): by them a program that asks again is told that nothing has changed, and an act is refused once the job is no
// longer what the person saw. Pure functions.
//
// Answers stay "Cache-Control: no-store" (rest_request.h): they name patients, and nothing of them may lie on the disk of the browser. Who
// wants to be answered 304 keeps the last answer in memory and sends If-None-Match himself, as the page's scripts do.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "db/queue_types.h"

namespace radfm::plugin {

std::string entity_tag(std::string_view body);                          // "DIGEST"
std::string weak_entity_tag(std::string_view body);                     // W/"DIGEST": of an answer that differs from another in its clock only
std::string job_entity_tag(db::JobVersion version, std::string_view body);  // "vVERSION-DIGEST"

// Whether If-None-Match names this tag: `*`, or a list with it in. Compared weakly (RFC 9110 13.1.2), since a proxy that compresses makes
// each tag weak.
bool is_named(std::string_view if_none_match, std::string_view tag);

// The version that If-Match names: "vVERSION" or a job's tag, also where a proxy has made it weak; `*` and no header name none.
// permanent "bad_request".
Result<std::optional<db::JobVersion>> seen_version(std::string_view if_match);

}  // namespace radfm::plugin
