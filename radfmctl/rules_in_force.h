// SPDX-License-Identifier: Apache-2.0
// `radfmctl rules list` and `rules reload`: the rules of a running node, asked of its plugin.
#pragma once

#include "core/rule.h"
#include "radfmctl/arguments.h"

namespace radfm::ctl {

// What is in force, and since when. exit_wrong when nothing is, or a changed file was refused.
int list_rules(const Arguments& arguments);
// The plugin reads its file now; prints what is in force then. exit_wrong when the file has mistakes, which are printed: ours, then the plugin
// is not asked, or its own.
int reload_rules(const Arguments& arguments);

// "  NAME: task report, lane stat" (a routine one is not said) and what it asks, for people.
std::string rule_lines(const Rule& rule);

}  // namespace radfm::ctl
