// SPDX-License-Identifier: GPL-3.0-or-later
// The draft as a page for a reader without a DICOM viewer: the stored text under a mark that nobody can
// overlook.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/queue_types.h"

namespace radfm::plugin {

// Safe as HTML text and inside quoted attributes.
std::string escape_html(std::string_view text);

// `newer` is the latest delivered draft of the same study, if there is one after this; else null.
std::string draft_page(const db::Job& job, const db::Job* newer);
// What there is of one study, as db::Queue::list() gives it: newest first.
std::string study_page(const std::string& study_instance_uid, const std::vector<db::Job>& jobs);
std::string message_page(const std::string& title, const std::string& message);

}  // namespace radfm::plugin
