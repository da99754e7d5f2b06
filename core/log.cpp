// SPDX-License-Identifier: Apache-2.0
#include "core/log.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>

#include "core/clock.h"
#include "core/dicom_time.h"

namespace radfm {
namespace {

using Sink = void (*)(LogLevel, const std::string&);

// Process-wide by nature: standard error exists once.
std::atomic<LogLevel> lowest_level{LogLevel::info};
std::atomic<Sink> sink{nullptr};

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
constexpr std::array<char, 4> level_letters{'D', 'I', 'W', 'E'};

// One line stays one line, whatever a peer put into a name.
void append_printable(std::string* line, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    line->push_back(byte < 0x20 || byte == 0x7F ? ' ' : c);
  }
}

std::string time_stamp() {
  const std::int64_t now_ms = SystemClock().wall_ms();
  std::string text = format_iso_utc(now_ms);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(now_ms % 1'000));
  text.pop_back();
  return text + fraction.data();
}

}  // namespace

void set_log_level(LogLevel level) { lowest_level = level; }

bool parse_log_level(std::string_view text, LogLevel* level) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] != text) continue;
    *level = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

void log_line(LogLevel level, std::string_view subject, std::string_view text) {
  if (level < lowest_level.load()) return;
  std::string body;
  append_printable(&body, subject);
  body += ": ";
  append_printable(&body, text);
  if (const Sink handler = sink.load()) {
    handler(level, body);
    return;
  }
  std::string line = time_stamp();
  line += ' ';
  line += level_letters[static_cast<std::size_t>(level)];
  line += ' ';
  line += body;
  line += '\n';
  // One write per line, so that lines of several threads and processes do not mix. A full disk must not stop the work.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

void set_log_sink(Sink handler) { sink = handler; }

}  // namespace radfm
