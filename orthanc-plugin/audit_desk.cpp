// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/audit_desk.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "core/log.h"
#include "core/uid.h"

namespace radfm::plugin {
namespace {

constexpr const char* plugin_actor = "plugin";

// The words of our own addresses; nothing else of a refused one is kept, since anything could stand in it.
constexpr std::array<std::string_view, 22> own_words = {"radfm",  "api",     "v1",    "jobs",     "report", "study",  "status", "metrics",  "retry",
                                                        "rerun",  "release", "cancel", "rush",     "withdraw", "pause", "resume", "montage.png", "health",
                                                        "rules",  "test",    "reload",  "studies"};

std::vector<std::string_view> words_of(std::string_view path) {
  std::vector<std::string_view> words;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) words.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return words;
}

std::optional<db::JobId> job_number(std::string_view text) {
  db::JobId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 1) return std::nullopt;
  return id;
}

std::string in_own_words(std::string_view path) {
  std::string said;
  std::size_t count = 0;
  for (const std::string_view word : words_of(path)) {
    if (++count > 8) return said + "/...";
    const bool ours = std::ranges::find(own_words, word) != own_words.end();
    said += '/';
    said += ours || (job_number(word) && word.size() < 12) ? word : "*";
  }
  return said;
}

std::string text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// {"error": {"code": ...}}: ours. A page has none.
std::string code_of(const RestResponse& response) {
  const nlohmann::json body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("error")) return "";
  const std::string code = text_at(body["error"], "code");
  return code.empty() ? "" : ": " + code;
}

// Of GET jobs that names patients or looks for one. Which parameters were given is told, of what stands in them nothing.
std::optional<db::AuditNote> note_of_list(const std::map<std::string, std::string>& query, const std::string& actor) {
  const auto patients = query.find("patients");
  if ((patients == query.end() || patients->second != "1") && !query.contains("find")) return std::nullopt;
  std::string by;
  for (const auto& [name, value] : query)
    if (name != "patients" && name != "limit" && name != "before") by += (by.empty() ? "" : ", ") + name;
  return db::AuditNote{"listed", by.empty() ? "jobs with their patients" : "jobs with their patients, by " + by, actor};
}

std::optional<db::AuditNote> note_of_view(const std::vector<std::string_view>& words, const std::string& actor) {
  const auto is = [&](std::size_t i, std::string_view word) { return i < words.size() && words[i] == word; };
  if (!is(0, "radfm")) return std::nullopt;
  if (words.size() == 3 && (is(1, "report") || is(1, "study"))) {
    const auto uid = Uid::parse(std::string(words[2]));
    if (!uid) return std::nullopt;
    if (is(1, "study")) return db::AuditNote{"viewed", "study " + uid->str(), actor};
    return db::AuditNote{"viewed", "report " + uid->str(), actor, 0, uid->str()};
  }
  if (!is(1, "api") || !is(2, "v1") || !is(3, "jobs") || words.size() < 5) return std::nullopt;
  const auto job = job_number(words[4]);
  if (!job) return std::nullopt;
  if (words.size() == 5) return db::AuditNote{"viewed", "job", actor, *job};
  if (words.size() == 6 && is(5, "montage.png")) return db::AuditNote{"viewed", "picture", actor, *job};
  return std::nullopt;
}

// Of POST rules/test and rules/reload.
std::optional<db::AuditNote> note_of_rules(std::string_view act, const RestResponse& response, const std::string& actor) {
  const nlohmann::json answer = nlohmann::json::parse(response.body, nullptr, false);
  if (act == "test" && response.status == 200) return db::AuditNote{"viewed", "study " + text_at(answer, "study"), actor};
  if (act != "reload") return std::nullopt;
  if (response.status == 409) return db::AuditNote{"rules_refused", "the configuration has mistakes", actor};
  if (response.status != 200 || !answer.is_object()) return std::nullopt;
  return db::AuditNote{"rules_reloaded", std::to_string(answer.value("rules", 0)) + " rules, read at " + text_at(answer, "read_at"), actor};
}

}  // namespace

std::optional<db::AuditNote> note_of(const RestRequest& request, const RestResponse& response, const std::string& actor) {
  if (response.status == 403) {
    return db::AuditNote{"refused", request.method + " " + in_own_words(request.path) + code_of(response), actor};
  }
  const std::vector<std::string_view> words = words_of(request.path);
  if (request.method == "POST" && words.size() == 5 && words[3] == "rules") return note_of_rules(words[4], response, actor);
  if (request.method != "GET" || response.status != 200) return std::nullopt;
  if (words == std::vector<std::string_view>{"radfm", "api", "v1", "jobs"}) return note_of_list(request.query, actor);
  return note_of_view(words, actor);
}

AuditDesk::AuditDesk(const NoticeBoard& board, const Clock& clock) : board_(board), clock_(clock), notes_(clock, plugin_actor) {
  notes_.add({"plugin_started", RADFM_VERSION, plugin_actor});
}

void AuditDesk::saw(const RestRequest& request, const RestResponse& response, const std::string& actor) {
  if (auto note = note_of(request, response, actor)) notes_.add(std::move(*note));
}

void AuditDesk::stopping() {
  notes_.add({"plugin_stopped", RADFM_VERSION, plugin_actor});
  write_down();
}

void AuditDesk::look_at_configuration(const std::filesystem::path& file) {
  std::error_code missing;
  const auto changed = std::filesystem::last_write_time(file, missing);
  if (missing || configuration_changed_ == changed) return;
  if (const auto digest = db::file_digest(file)) {
    digest_ = *digest;
    configuration_changed_ = changed;
  }
}

std::chrono::milliseconds AuditDesk::write_down() {
  const Notices notices = board_.read();
  if (!notices.configuration_file.empty()) look_at_configuration(notices.configuration_file);
  if (!notices.database) return audit_idle_wait;  // the notes wait, and are bounded
  std::vector<db::AuditNote> notes = notes_.take();
  const bool another_configuration = digest_ != recorded_digest_;
  if (notes.empty() && !another_configuration) return audit_idle_wait;
  db::OpenQueue open;
  open.path = notices.database->path;
  open.create = false;
  open.busy_limit_ms = audit_busy_limit_ms;
  auto trail = db::AuditTrail::open(open, clock_);
  Status written = trail ? (*trail)->record(notes) : Status(trail.error());
  if (!written) {
    log_line(LogLevel::debug, "plugin", "the audit trail is written later: " + written.error().message);
    notes_.put_back(std::move(notes));
    return audit_idle_wait;
  }
  if (another_configuration && (*trail)->record_change({"configuration_changed", digest_, plugin_actor})) recorded_digest_ = digest_;
  return audit_idle_wait;
}

}  // namespace radfm::plugin
