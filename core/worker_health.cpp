// SPDX-License-Identifier: Apache-2.0
#include "core/worker_health.h"

#include <algorithm>
#include <array>
#include <utility>

namespace radfm {
namespace {

constexpr std::array<std::pair<WorkerState, std::string_view>, 4> states = {{{WorkerState::starting, "starting"},
                                                                             {WorkerState::ready, "ready"},
                                                                             {WorkerState::degraded, "degraded"},
                                                                             {WorkerState::draining, "draining"}}};
constexpr std::array<std::string_view, 4> holding_codes = {health_orthanc_away, health_model_loading, health_model_not_ready,
                                                           health_queue_not_usable};
constexpr std::string_view between_reasons = "; ", behind_word = ": ";

bool is_code(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  for (std::size_t at = 0; (at = text.find(between_reasons, at)) != std::string::npos;) text[at] = ',';
  return text;
}

HealthReason parse_reason(std::string_view text) {
  const std::size_t end = text.find(behind_word);
  const std::string_view code = text.substr(0, end);
  if (!is_code(code)) return {"", std::string(text)};
  return {std::string(code), std::string(end == std::string_view::npos ? "" : text.substr(end + behind_word.size()))};
}

}  // namespace

bool WorkerHealth::takes_jobs() const {
  if (state == WorkerState::ready) return true;
  if (state != WorkerState::degraded) return false;
  return std::ranges::none_of(reasons, [](const HealthReason& reason) { return std::ranges::find(holding_codes, reason.code) != holding_codes.end(); });
}

std::string_view to_string(WorkerState state) {
  return std::ranges::find(states, state, [](const auto& row) { return row.first; })->second;
}

std::string health_note(const WorkerHealth& health) {
  std::string note(to_string(health.state));
  std::string_view before = behind_word;
  for (const HealthReason& reason : health.reasons) {
    note.append(before).append(reason.code);
    if (!reason.text.empty()) note.append(behind_word).append(one_line(reason.text));
    before = between_reasons;
  }
  return note;
}

WorkerHealth parse_health_note(std::string_view note) {
  const std::size_t end = note.find(behind_word);
  const auto known = std::ranges::find(states, note.substr(0, end), [](const auto& row) { return row.second; });
  WorkerHealth health;
  if (known == states.end()) {
    if (!note.empty()) health.reasons.push_back({"", std::string(note)});
    return health;
  }
  health.state = known->first;
  std::string_view rest = end == std::string_view::npos ? std::string_view() : note.substr(end + behind_word.size());
  while (!rest.empty()) {
    const std::size_t next = rest.find(between_reasons);
    health.reasons.push_back(parse_reason(rest.substr(0, next)));
    rest = next == std::string_view::npos ? std::string_view() : rest.substr(next + between_reasons.size());
  }
  return health;
}

}  // namespace radfm
