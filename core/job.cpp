// SPDX-License-Identifier: Apache-2.0
#include "core/job.h"

#include <array>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "core/result.h"

namespace radfm {
namespace {

constexpr std::array<std::string_view, 6> state_names{"queued", "leased", "delivering", "done", "dead", "cancelled"};
constexpr std::array<std::string_view, 11> stage_names{
    "none",   "indexing",       "fetching",   "priors",    "imaging",   "waiting_for_model",
    "vision", "reading_prompt", "generating", "reporting", "delivering"};
constexpr std::array<std::string_view, 3> lane_names{"stat", "routine", "background"};

// The one table: from (row) to (column), in the order of the enumeration.
//                                                   queued leased deliv. done   dead   cancelled
constexpr std::array<std::array<bool, 6>, 6> legal{{{false, true, false, true, false, true},     // queued
                                                    {true, false, true, true, true, true},       // leased
                                                    {true, false, false, true, true, true},      // delivering
                                                    {false, false, true, false, false, false},   // done
                                                    {true, false, true, false, false, false},    // dead
                                                    {true, false, true, false, false, false}}};  // cancelled

constexpr std::size_t marks_bytes_max = 1U << 20U;  // of the study's metadata; far above what any study collects

template <std::size_t N, class Enum>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  const auto index = static_cast<std::size_t>(value);
  if (index >= N) broken_invariant("an enumeration value without a name");
  return names[index];
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

std::optional<DeliveredMark> read_mark(const nlohmann::json& json) {
  if (!json.is_object()) return std::nullopt;
  const auto digest = json.find("digest"), run = json.find("run");
  const auto revision = json.find("revision"), sop = json.find("sop");
  const auto end = json.end();
  if (digest == end || !digest->is_string() || run == end || !run->is_number_integer()) return std::nullopt;
  if (revision == end || !revision->is_number_integer() || sop == end || !sop->is_string()) return std::nullopt;
  return DeliveredMark{digest->get<std::string>(), run->get<int>(), revision->get<int>(), sop->get<std::string>()};
}

}  // namespace

bool is_legal(JobState from, JobState to) {
  return legal.at(static_cast<std::size_t>(from)).at(static_cast<std::size_t>(to));
}

std::string_view to_string(JobState state) { return name_of(state_names, state); }
std::optional<JobState> parse_job_state(std::string_view text) { return value_of<JobState>(state_names, text); }
std::string_view to_string(JobStage stage) { return name_of(stage_names, stage); }
std::string_view to_string(Lane lane) { return name_of(lane_names, lane); }
std::optional<Lane> parse_lane(std::string_view text) { return value_of<Lane>(lane_names, text); }

ResultUids result_uids(const JobIdentity& identity) {
  return {result_uid(identity, "series"), result_uid(identity, "sr")};
}

std::string result_uid(const JobIdentity& identity, std::string_view role) {
  // The fields hold no '/', so different identities never give one name.
  std::string name = "job/" + identity.study_instance_uid + '/' + identity.digest + '/' + std::to_string(identity.run);
  name += '/';
  name += role;
  return uid_from_name(name);
}

std::string add_delivered_mark(std::string_view existing_json, const DeliveredMark& mark) {
  std::vector<DeliveredMark> marks = parse_delivered_marks(existing_json);
  std::erase_if(marks, [&](const DeliveredMark& old) { return old.digest == mark.digest && old.run == mark.run; });
  marks.push_back(mark);
  nlohmann::json jobs = nlohmann::json::array();
  for (const auto& entry : marks) {
    jobs.push_back({{"digest", entry.digest},
                    {"run", entry.run},
                    {"revision", entry.revision},
                    {"sop", entry.sop_instance_uid}});
  }
  return nlohmann::json{{"jobs", std::move(jobs)}}.dump();
}

std::vector<DeliveredMark> parse_delivered_marks(std::string_view json) {
  std::vector<DeliveredMark> marks;
  if (json.size() > marks_bytes_max) return marks;
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return marks;
  const auto jobs = document.find("jobs");
  if (jobs == document.end() || !jobs->is_array()) return marks;
  for (const auto& entry : *jobs) {
    if (auto mark = read_mark(entry)) marks.push_back(std::move(*mark));
  }
  return marks;
}

}  // namespace radfm
