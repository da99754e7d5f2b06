// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "core/rule_json.h"
#include "pipeline/imaging/reader_client.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/rules_in_force.h"
#include "radfmctl/study_paths.h"

namespace radfm::ctl {
namespace {

constexpr std::uint32_t study_date_tag = 0x00080020, study_description_tag = 0x00081030, birth_date_tag = 0x00100030,
                        study_uid_tag = 0x0020000d;

// The study as Orthanc's index would show it, made from the files. AE titles are unknown here: --from and --to give them.
StudyIndex index_of(const imaging::StudyReading& reading, const std::string& from, const std::string& to) {
  StudyIndex study;
  study.study_instance_uid = attribute_value(reading.header, study_uid_tag);
  study.study_date = attribute_value(reading.header, study_date_tag);
  study.study_description = attribute_value(reading.header, study_description_tag);
  study.patient_birth_date = attribute_value(reading.header, birth_date_tag);
  std::map<std::string, IndexedSeries> series;
  for (const imaging::InstanceReading& instance : reading.instances) {
    IndexedSeries& one = series[instance.series_instance_uid];
    one.series_instance_uid = instance.series_instance_uid;
    one.modality = instance.modality;
    one.body_part = instance.body_part;
    one.description = instance.series_description;
    IndexedInstance indexed;
    indexed.sop_instance_uid = instance.sop_instance_uid;
    indexed.sop_class_uid = instance.sop_class_uid;
    indexed.remote_aet = from;
    indexed.called_aet = to;
    one.instances.push_back(indexed);
  }
  for (auto& [uid, one] : series) study.series.push_back(std::move(one));
  return study;
}

void print_decision(const RuleDecision& decision) {
  for (const RuleTrial& trial : decision.trials) {
    std::cout << (trial.fits ? "fits      " : "does not  ") << trial.rule << ": " << trial.why << "\n";
  }
  if (decision.rule == nullptr) {
    std::cout << "no rule takes this study" << (decision.skip.empty() ? "" : " (" + decision.skip + ")") << "\n";
  } else if (!decision.skip.empty()) {
    std::cout << "rule " << decision.rule->name << " takes it; no report is made: " << decision.skip << "\n";
  } else {
    const RuleAction& action = decision.rule->action;
    std::cout << "rule " << decision.rule->name << " takes it: task " << to_string(action.task) << ", lane "
              << to_string(action.lane) << "\n"
              << asked_lines(action, "  ");
  }
}

int test_rules(const Arguments& arguments) {
  const Words& given = arguments.positional();
  const std::optional<Configuration> configuration = usable_configuration(*arguments.value("--config"));
  if (!configuration) return exit_usage;
  const Result<std::vector<imaging::StudyFile>> files = open_study_files({given.begin() + 1, given.end()});
  if (!files) return complain(files.error());
  imaging::ReadOptions options;
  options.pixels = false;
  const Result<imaging::StudyReading> reading = imaging::read_study(*files, options, reader_limits(configuration->reader));
  if (!reading) return complain(reading.error(), exit_wrong);

  const StudyIndex study = index_of(*reading, arguments.value("--from").value_or(""), arguments.value("--to").value_or(""));
  const RuleDecision decision = decide(configuration->rules, study, SystemClock().wall_ms());
  if (arguments.has("--json")) {
    std::cout << to_json(decision).dump(2) << "\n";
  } else {
    print_decision(decision);
  }
  return decision.rule != nullptr && decision.skip.empty() ? exit_done : exit_wrong;
}

int rules_usage(bool asked_for) {
  (asked_for ? std::cout : std::cerr)
      << "usage: radfmctl rules test PATH... --config FILE [--from AET] [--to AET] [--json]\n"
         "       radfmctl rules list --config FILE [--json]\n"
         "       radfmctl rules reload --config FILE [--json]\n"
         "test: which rule takes the study in these files, and why the others do not. --from and --to are the calling and\n"
         "called AE title, which files do not tell. Exit 1 when no report would be made.\n"
         "list: the rules that are in force in the running node. Exit 1 when there are none, or a changed file was refused.\n"
         "reload: the node reads its file now, all of it or nothing. Exit 1 with the mistakes that it has; 2 when the node cannot be asked.\n";
  return asked_for ? exit_done : exit_usage;
}

}  // namespace

int rules_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(words, {{"--config"}, {"--from"}, {"--to"}});
  if (!arguments) return complain(arguments.error());
  const Words& given = arguments->positional();
  if (arguments->has("--help")) return rules_usage(true);
  if (given.empty() || !arguments->has("--config")) return rules_usage(false);
  if (given[0] == "test" && given.size() > 1) return test_rules(*arguments);
  const bool of_files = arguments->has("--from") || arguments->has("--to");
  if (given.size() != 1 || of_files) return rules_usage(false);
  if (given[0] == "list") return list_rules(*arguments);
  return given[0] == "reload" ? reload_rules(*arguments) : rules_usage(false);
}

}  // namespace radfm::ctl
