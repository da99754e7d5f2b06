// SPDX-License-Identifier: Apache-2.0
// Log lines for administrators: one line each on standard error, "2026-11-24T05:40:00.123Z W delivery: job 12: ...".
// Logs name jobs, never patients. Safe from any thread.
#pragma once

#include <string>
#include <string_view>

namespace radfm {

enum class LogLevel { debug, info, warning, error };
void set_log_level(LogLevel level);
bool parse_log_level(std::string_view text, LogLevel* level);
void log_line(LogLevel level, std::string_view subject, std::string_view text);
// Where lines go instead of standard error (the plugin hands them to Orthanc's log). The function must be thread-safe.
void set_log_sink(void (*sink)(LogLevel level, const std::string& line));

}  // namespace radfm
