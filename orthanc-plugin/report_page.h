// SPDX-License-Identifier: GPL-3.0-or-later
// Pages that are written by the plugin itself: their frame, a study's drafts with a button for another (page/study.js), messages. One draft: draft_page.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/queue_types.h"

namespace radfm::plugin {

// Safe as HTML text and inside quoted attributes.
std::string escape_html(std::string_view text);

// A whole document around `content`, which is HTML.
std::string page_frame(const std::string& title, const std::string& content);
// A name and a value of a list of facts; nothing when the value is empty.
std::string page_row(const std::string& name, const std::string& value);
std::string state_in_words(const db::Job& job);

// What there is of one study, newest first; of each job the withdrawal must be there, too (db::Queue::list() leaves it out).
std::string study_page(const std::string& study_instance_uid, const std::vector<db::Job>& jobs);
std::string message_page(const std::string& title, const std::string& message);

}  // namespace radfm::plugin
