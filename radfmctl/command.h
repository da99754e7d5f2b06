// SPDX-License-Identifier: Apache-2.0
// What every radfmctl command is: words in, an exit code out. Output goes to standard output, complaints to standard error.
#pragma once

#include <string>
#include <vector>

#include "core/configuration.h"
#include "core/result.h"

namespace radfm::ctl {

inline constexpr int exit_done = 0;
inline constexpr int exit_wrong = 1;  // the thing asked about is wrong
inline constexpr int exit_usage = 2;  // wrong usage or input

using Words = std::vector<std::string>;

int report_command(const Words& words);
int inspect_command(const Words& words);
int model_command(const Words& words);
int model_convert_command(const Words& words);
int model_check_command(const Words& words);  // the words after `model check`
int queue_command(const Words& words);
int config_command(const Words& words);
int rules_command(const Words& words);
int sr_command(const Words& words);
int bench_command(const Words& words);
int eval_command(const Words& words);
int conformance_command(const Words& words);
int replay_command(const Words& words);
int withdraw_command(const Words& words);
int audit_command(const Words& words);

// Says what is wrong on standard error; gives back `code`.
int complain(const std::string& message, int code = exit_usage);
int complain(const Error& error, int code = exit_usage);
// This process becomes the program of that name beside it: output, exit code and Ctrl-C are the caller's. Comes back, with
// exit_usage, only when that program cannot be run.
int become(const std::string& program_name, const Words& words);
// Prints each mistake of a configuration; nothing when it cannot be used.
std::optional<Configuration> usable_configuration(const std::string& file);
// The questions of a rule, a line each: `asks of radiographs: "..."`, `asks of volumes: "..."`; one line when they are equal.
std::string asked_lines(const RuleAction& action, const std::string& indent);

}  // namespace radfm::ctl
