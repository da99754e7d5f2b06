// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/jobs_query.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

#include "core/uid.h"
#include "orthanc-plugin/rest_request.h"
#include "orthanc-plugin/study_search.h"

namespace radfm::plugin {
namespace {

// Each answers what was expected, or nothing when all is well.
std::string read_states(const std::string& value, std::vector<JobState>& states) {
  std::string_view rest = value;
  while (true) {
    const std::size_t comma = rest.find(',');
    const auto state = parse_job_state(rest.substr(0, comma));
    if (!state) return "one or several of queued, leased, delivering, done, dead and cancelled, parted by commas";
    states.push_back(*state);
    if (comma == std::string_view::npos) return {};
    rest = rest.substr(comma + 1);
  }
}

std::string read_study(const std::string& value, std::string& study_instance_uid) {
  const auto uid = Uid::parse(value);
  if (!uid) return "a Study Instance UID";
  study_instance_uid = uid->str();
  return {};
}

std::string read_limit(const std::string& value, int& limit) {
  const auto number = positive_number(value);
  if (!number || *number > jobs_per_answer_max) return "a number from 1 to " + std::to_string(jobs_per_answer_max);
  limit = static_cast<int>(*number);
  return {};
}

std::string read_job(const std::string& value, db::JobId& id) {
  const auto number = positive_number(value);
  if (!number) return "the id of a job";
  id = *number;
  return {};
}

std::string read_text(const std::string& value, const char* what, std::string& text) {
  if (value.empty()) return what;
  text = value;
  return {};
}

std::string read_lane(const std::string& value, std::optional<Lane>& lane) {
  lane = parse_lane(value);
  return lane ? "" : "stat, routine or background";
}

std::string read_find(const std::string& value, std::string& find) {
  if (!can_be_searched(value)) return "1 to " + std::to_string(search_bytes_max) + " bytes of text without a backslash";
  find = value;
  return {};
}

std::string read_switch(const std::string& value, bool& on) {
  on = value == "1";
  return on || value == "0" ? "" : "1 or 0";
}

std::string read_one(const std::string& name, const std::string& value, JobsQuery& query) {
  db::JobFilter& filter = query.filter;
  if (name == "state") return read_states(value, filter.states);
  if (name == "study") return read_study(value, filter.study_instance_uid);
  if (name == "rule") return read_text(value, "the name of a rule", filter.rule_name);
  if (name == "lane") return read_lane(value, filter.lane);
  if (name == "error") return read_text(value, "the code of an error", filter.error_code);
  if (name == "find") return read_find(value, query.find);
  if (name == "limit") return read_limit(value, filter.limit);
  if (name == "before") return read_job(value, filter.before_id);
  return read_switch(value, query.patients);
}

constexpr std::string_view parameter_names[] = {"state", "study", "rule", "lane", "error", "find", "limit", "before", "patients"};

}  // namespace

Result<JobsQuery> read_jobs_query(const std::map<std::string, std::string>& parameters) {
  JobsQuery query;
  query.filter.limit = jobs_per_answer_default;
  for (const auto& [name, value] : parameters) {
    if (std::ranges::find(parameter_names, name) == std::end(parameter_names))
      return permanent_error("bad_parameter", "unknown parameter; there are state, study, rule, lane, error, find, limit, before and patients");
    if (const std::string expected = read_one(name, value, query); !expected.empty())
      return permanent_error("bad_parameter", name + ": expected " + expected);
  }
  return query;
}

}  // namespace radfm::plugin
