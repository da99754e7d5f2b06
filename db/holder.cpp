// SPDX-License-Identifier: Apache-2.0
// Who holds a lease. A process is named by its boot, its number and its start time: numbers are used again. The fourth
// part names the PID name space: in another container the same number is another process, and its life cannot be seen.
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "db/queue.h"

namespace radfm::db {
namespace {

std::string pid_name_space() {
  std::array<char, 64> target{};
  const ssize_t length = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  std::string digits;  // "pid:[4026531836]"
  for (ssize_t i = 0; i < length; ++i) {
    const char c = target[static_cast<std::size_t>(i)];
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

// Start time in clock ticks after boot (proc(5), field 22), empty when there is no such process or only its zombie.
std::string start_time(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  if (!std::getline(file, text)) return {};
  // The name in field 2 may itself hold blanks and parentheses: the fields are counted from the last one.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; fields >> field; ++number) {
    if (number == 3 && (field == "Z" || field == "X")) return {};
    if (number == 22) return field;
  }
  return {};
}

// There is such a process, and /proc does not show it.
bool is_hidden(const std::string& pid) {
  if (::access(("/proc/" + pid + "/stat").c_str(), F_OK) == 0) return false;
  pid_t number = 0;
  std::from_chars(pid.data(), pid.data() + pid.size(), number);
  return number > 0 && (::kill(number, 0) == 0 || errno == EPERM);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
  return parts;
}

bool is_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string this_holder(const Clock& clock) {
  const std::string pid = std::to_string(::getpid());
  return clock.boot_id() + ":" + pid + ":" + start_time(pid) + ":" + pid_name_space();
}

bool holder_is_alive(const std::string& holder, const Clock& clock) {
  const std::vector<std::string> parts = split(holder);
  // No process of this host bears another name than the one above.
  if (parts.size() < 3 || parts[0] != clock.boot_id() || !is_number(parts[1])) return false;
  // Unknown, so alive: its lease runs out by itself.
  if (parts.size() > 3 && parts[3] != pid_name_space()) return true;
  const std::string started = start_time(parts[1]);
  // A /proc that hides the processes of others (hidepid, systemd's ProtectProc) says nothing about one that is there.
  if (started.empty() && is_hidden(parts[1])) return true;
  return !parts[2].empty() && started == parts[2];
}

}  // namespace radfm::db
