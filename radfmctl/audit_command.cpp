// SPDX-License-Identifier: Apache-2.0
// radfmctl audit: reads the trail. Each reading is an entry itself (PS3.15 A.5.3.2).
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <nlohmann/json.hpp>

#include "audit/atna_message.h"
#include "audit/trail_shipping.h"
#include "core/dicom_time.h"
#include "db/audit_trail.h"
#include "db/job_json.h"
#include "db/new_file.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/moment.h"
#include "radfmctl/queue_access.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl audit VERB ... --config FILE [--json]\n"
    "  list [--since YYYYMMDD[HHMMSS]]             the trail: who did what (UTC)\n"
    "  verify [--head HASH]                        whether it is as it was written; exit 1: it is not. HASH was noted earlier:\n"
    "                                              exit 1 too when no entry has it\n"
    "  export --format atna|jsonl --out FILE [--since ...]\n"
    "                                              one entry a line: DICOM PS3.15 A.5 messages (no free text), or JSON (everything)\n";

nlohmann::json entry_json(const db::AuditEntry& entry) {
  const db::Event& event = entry.event;
  return {{"entry", event.id},      {"job", event.job},     {"wall_ms", event.wall_ms}, {"time", format_iso_utc(event.wall_ms)},
          {"kind", event.kind},     {"detail", event.detail}, {"actor", event.actor},     {"hash", entry.hash},
          {"study", entry.study_instance_uid}};
}

using Visit = std::function<void(const db::AuditEntry&)>;

Status each_entry(db::AuditTrail& trail, std::int64_t since_wall_ms, const Visit& visit) {
  for (std::int64_t after = 0;;) {
    const Result<std::vector<db::AuditEntry>> entries = trail.entries(after, db::entries_per_read_max);
    if (!entries) return entries.error();
    if (entries->empty()) return {};
    for (const db::AuditEntry& entry : *entries) {
      if (entry.event.wall_ms >= since_wall_ms) visit(entry);
    }
    after = entries->back().event.id;
  }
}

// What was read is recorded afterwards: the reading itself does not show what it wrote. A file that cannot be written is read all the
// same, and said so.
int recorded(db::AuditTrail& trail, const std::string& kind, const std::string& detail, int code) {
  if (const Status noted = trail.record({{kind, detail, actor()}}); !noted) {
    complain("this reading is not in the trail: " + noted.error().message);
  }
  return code;
}

void print_entry(const db::AuditEntry& entry) {
  const db::Event& event = entry.event;
  std::cout << std::left << std::setw(8) << event.id << std::setw(22) << format_iso_utc(event.wall_ms) << std::setw(9)
            << (event.job == 0 ? "-" : "job " + std::to_string(event.job)) << " " << std::setw(22) << event.kind << " " << std::setw(24)
            << event.actor << " " << event.detail << "\n";
}

int list(db::AuditTrail& trail, std::int64_t since_wall_ms, bool json) {
  nlohmann::json rows = nlohmann::json::array();
  const Status read = each_entry(trail, since_wall_ms, [&](const db::AuditEntry& entry) {
    if (json) rows.push_back(entry_json(entry));
    else print_entry(entry);
  });
  if (!read) return complain(read.error());
  if (json) std::cout << db::json_text(rows, 2) << "\n";
  return recorded(trail, "audit_listed", "", exit_done);
}

// "" when it was never handed on.
std::string handed_on(db::AuditTrail& trail) {
  const auto position = trail.position(audit::syslog_position);
  return position && *position ? std::to_string((*position)->entry) : "";
}

nlohmann::json check_json(const db::ChainCheck& check, const std::string& noted_head, const std::string& sent_to) {
  nlohmann::json facts = {{"intact", !check.fault()}, {"entries", check.chained()}, {"earlier_events", check.earlier()},
                          {"head", check.head()},     {"head_entry", check.head_entry()}};
  if (const auto& fault = check.fault()) {
    facts["fault"] = {{"kind", db::to_string(fault->kind)}, {"entry", fault->entry}, {"meaning", db::in_words(fault->kind)}};
  }
  if (!noted_head.empty()) facts["noted_head_entry"] = check.noted_entry() ? nlohmann::json(*check.noted_entry()) : nlohmann::json();
  if (!sent_to.empty()) facts["sent_to_repository_up_to"] = std::stoll(sent_to);
  return facts;
}

void print_check(const db::ChainCheck& check, const std::string& noted_head, const std::string& sent_to) {
  if (const auto& fault = check.fault()) {
    std::cout << "BROKEN at entry " << fault->entry << ": " << db::in_words(fault->kind) << "\n"
              << check.chained() << " entries before it are as they were written\n";
  } else {
    std::cout << check.chained() << " entries are as they were written\n";
  }
  if (check.earlier() > 0) std::cout << check.earlier() << " events are from before the chain; its first entry holds their digest\n";
  if (!check.head().empty()) std::cout << "head: " << check.head() << " (entry " << check.head_entry() << ")\n";
  if (!sent_to.empty()) std::cout << "sent to the audit record repository: up to entry " << sent_to << "\n";
  if (noted_head.empty()) return;
  if (check.noted_entry()) {
    std::cout << "the noted head is entry " << *check.noted_entry() << ": nothing up to it was changed since\n";
  } else {
    std::cout << "NO ENTRY has the noted head: the trail was written anew, or the queue was restored from a backup that is older than the "
                 "note (then an entry `restored` says so, and the repository has what is missing)\n";
  }
}

int verify(db::AuditTrail& trail, const std::string& noted_head, bool json) {
  if (!noted_head.empty() && (noted_head.size() != 64 || noted_head.find_first_not_of("0123456789abcdef") != std::string::npos)) {
    return complain("--head is a hash as `audit verify` prints it: 64 digits 0-9a-f");
  }
  const Result<db::ChainCheck> check = db::check_trail(trail, noted_head);
  if (!check) return complain(check.error());
  const std::string sent_to = handed_on(trail);
  if (json) std::cout << db::json_text(check_json(*check, noted_head, sent_to), 2) << "\n";
  else print_check(*check, noted_head, sent_to);
  const bool wrong = check->fault() || (!noted_head.empty() && !check->noted_entry());
  const std::string found = check->fault() ? "broken at entry " + std::to_string(check->fault()->entry)
                                           : "intact up to entry " + std::to_string(check->head_entry());
  return recorded(trail, "audit_verified", found + (wrong && !check->fault() ? "; the noted head is not in it" : ""),
                  wrong ? exit_wrong : exit_done);
}

int export_trail(db::AuditTrail& trail, const Configuration& configuration, const Arguments& arguments, std::int64_t since_wall_ms) {
  const std::string format = arguments.value("--format").value_or(""), out = arguments.value("--out").value_or("");
  if ((format != "atna" && format != "jsonl") || out.empty()) return complain("export needs --format atna or jsonl, and --out FILE");
  Result<db::NewFile> file = db::NewFile::beside(out);
  if (!file) return complain(file.error());
  const audit::AuditSource source{audit::own_host_name(), configuration.dicom.ae_title};
  std::ofstream lines(file->path(), std::ios::binary);
  std::int64_t count = 0;
  const Status read = each_entry(trail, since_wall_ms, [&](const db::AuditEntry& entry) {
    lines << (format == "atna" ? audit::atna_message(entry, source) : db::json_text(entry_json(entry))) << "\n";
    ++count;
  });
  if (!read) return complain(read.error());
  lines.close();
  if (!lines) return complain(out + " cannot be written whole; is the disk full?");
  if (Status placed = file->put_in_place({}, db::IfThere::refuse); !placed) return complain(placed.error());
  std::cout << count << " entries in " << out << "\n";
  return recorded(trail, "audit_exported", format + ", " + std::to_string(count) + " entries", exit_done);
}

int run(const Configuration& configuration, const Arguments& arguments) {
  std::int64_t since_wall_ms = 0;
  if (const auto since = arguments.value("--since")) {
    const auto moment = parse_moment(*since);
    if (!moment) return complain("--since must be YYYYMMDD or YYYYMMDDHHMMSS, in UTC");
    since_wall_ms = *moment;
  }
  const SystemClock clock;
  db::OpenQueue file = nodes_queue_file(configuration);
  Result<std::unique_ptr<db::AuditTrail>> trail = db::AuditTrail::open(file, clock);
  if (!trail && trail.error().code == "database_unavailable") {  // an auditor who may only read
    file.read_only = true;
    trail = db::AuditTrail::open(file, clock);
  }
  if (!trail) return complain(trail.error());
  const std::string& verb = arguments.positional().front();
  if (verb == "list") return list(**trail, since_wall_ms, arguments.has("--json"));
  if (verb == "verify") return verify(**trail, arguments.value("--head").value_or(""), arguments.has("--json"));
  if (verb == "export") return export_trail(**trail, configuration, arguments, since_wall_ms);
  std::cerr << usage_text;
  return exit_usage;
}

}  // namespace

int audit_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {{"--config"}, {"--since"}, {"--head"}, {"--format"}, {"--out"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (arguments->positional().size() != 1 || !arguments->has("--config")) {
    std::cerr << usage_text;
    return exit_usage;
  }
  const std::optional<Configuration> configuration = usable_configuration(*arguments->value("--config"));
  if (!configuration) return exit_usage;
  return run(*configuration, *arguments);
}

}  // namespace radfm::ctl
