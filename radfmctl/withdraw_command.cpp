// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/withdrawal.h"
#include "db/job_json.h"
#include "pipeline/report/sections.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/queue_access.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl withdraw JOB --reason quality|patient_safety --why TEXT --config FILE [--json]\n"
    "  Takes back a draft that was sent: each destination that has it gets a note (Key Object, IHE Imaging Object Change\n"
    "  Management) that rejects it. Nothing is deleted, and no way leads back: `radfmctl queue rerun JOB` makes another draft.\n"
    "  --reason  quality: the draft is of no use; patient_safety: to read it may harm the patient\n"
    "  --why     in your words, for those who read the note and the draft's page; names no patient\n";

// What of the words cannot be a withdrawal.
std::optional<std::string> mistake(const Arguments& arguments) {
  if (!parse_job_id(arguments.positional().front())) return arguments.positional().front() + " is no job number";
  if (!parse_rejection_reason(arguments.value("--reason").value_or(""))) return "--reason must be quality or patient_safety";
  const std::string why = arguments.value("--why").value_or("");
  if (const auto expected = mistake_in_why(why)) return "--why: expected " + *expected;
  if (!report::is_valid_utf8(why)) return "--why must be UTF-8";
  return std::nullopt;
}

int withdraw(const Configuration& configuration, const Arguments& arguments) {
  const db::JobId id = *parse_job_id(arguments.positional().front());
  const SystemClock clock;
  Result<std::unique_ptr<db::Queue>> queue = open_nodes_queue(configuration, clock);
  if (!queue) return complain(queue.error());
  const Status withdrawn =
      (*queue)->withdraw(id, *parse_rejection_reason(*arguments.value("--reason")), *arguments.value("--why"), actor());
  if (!withdrawn) return complain(withdrawn.error(), exit_wrong);
  db::ring_doorbell(configuration.database.doorbell);
  if (arguments.has("--json")) {
    std::cout << db::json_text(nlohmann::json{{"id", id}, {"action", "withdraw"}}, 2) << "\n";
    return exit_done;
  }
  std::cout << "job " << id << ": is being withdrawn. Each destination that has the draft is sent the note; `radfmctl queue show " << id
            << "` tells when that is done (outcome withdrawn)\n";
  return exit_done;
}

}  // namespace

int withdraw_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {{"--config"}, {"--reason"}, {"--why"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (arguments->positional().size() != 1 || !arguments->has("--config")) {
    std::cerr << usage_text;
    return exit_usage;
  }
  if (const auto wrong = mistake(*arguments)) return complain(*wrong);
  const std::optional<Configuration> configuration = usable_configuration(*arguments->value("--config"));
  if (!configuration) return exit_usage;
  return withdraw(*configuration, *arguments);
}

}  // namespace radfm::ctl
