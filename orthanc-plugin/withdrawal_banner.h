// SPDX-License-Identifier: GPL-3.0-or-later
// What stands above a draft that was taken back, wherever a reader meets it.
#pragma once

#include <string>

#include "db/queue_types.h"

namespace radfm::plugin {

// HTML: that it must not be used, the reason, why, who, when, and whether the archives know. Empty where nobody withdrew it.
std::string withdrawal_banner(const db::Job& job);

// "withdrawn", or how far that has come; empty where nobody withdrew it.
std::string withdrawal_in_words(const db::Job& job);

}  // namespace radfm::plugin
