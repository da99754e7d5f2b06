// SPDX-License-Identifier: GPL-3.0-or-later
// One draft as a page for a reader without a viewer of Structured Reports, under a mark that nobody can overlook: whose it is,
// what is flagged, its sections, what the model was shown.
#pragma once

#include <string>

#include "db/queue_types.h"

namespace radfm::plugin {

// A draft that was withdrawn (job.withdrawal) says so above everything (withdrawal_banner.h).
// `newer` is the latest draft of the same study that was not withdrawn, if there is one after this; else null. `page_json` is what the worker
// wrote beside the draft (pipeline/draft/draft_page.h):
//   {"institution", "title", "subtitle", "closing", "language": texts; "fields": [{"label", "value", "emphasised"}],
//    "notices": [text], "sections": [{"heading", "text", "emphasised"}]}
// Without it, or where it is anything else, the draft's plain text is shown.
std::string draft_page(const db::Job& job, const db::Job* newer, const std::string& page_json);

}  // namespace radfm::plugin
