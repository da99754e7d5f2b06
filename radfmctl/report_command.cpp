// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <iostream>

#include "core/clock.h"
#include "core/sop_class.h"
#include "core/study_index.h"
#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/told_priors.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/draft_files.h"
#include "radfmctl/moment.h"
#include "radfmctl/study_paths.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl report --model DIR --study PATH... [--prior PATH...] [--out DIR] [--rule NAME] [--config FILE]\n"
    "                       [--date YYYYMMDD[HHMMSS]] [--json]\n"
    "Files or folders of DICOM in, draft report out; the text goes to standard output. Each --prior PATH is one prior\n"
    "study. --date is the report's content date (default: now); with it two runs give the same bytes. The companions\n"
    "that report.companions of --config names are written to --out as well.\n";

constexpr std::uint32_t study_instance_uid_tag = 0x0020000d;

JobIdentity identity_of_study(const imaging::StudyReading& study) {
  std::vector<std::string> images;
  for (const imaging::InstanceReading& instance : study.instances) {
    if (counts_for_digest(instance.sop_class_uid)) images.push_back(instance.sop_instance_uid);
  }
  std::sort(images.begin(), images.end());
  return {attribute_value(study.header, study_instance_uid_tag), image_digest(images), 0};
}

void show_progress(const draft::DraftProgress& progress) {
  static JobStage last = JobStage::none;
  if (progress.stage == last && progress.stage != JobStage::generating) return;
  last = progress.stage;
  std::cerr << "\r\033[K" << to_string(progress.stage);
  if (progress.of > 0) std::cerr << " " << progress.done << " of " << progress.of;
  std::cerr << std::flush;
}

nlohmann::json left_out_json(const std::vector<imaging::LeftOut>& left_out) {
  nlohmann::json list = nlohmann::json::array();
  for (const imaging::LeftOut& item : left_out) {
    list.push_back({{"series", item.series_instance_uid}, {"instances", item.instances}, {"code", item.code}, {"reason", item.reason}});
  }
  return list;
}

nlohmann::json companions_json(const report::DraftReport& draft) {
  nlohmann::json list = nlohmann::json::array();
  for (const report::Companion& companion : draft.companions) {
    list.push_back({{"role", companion.role}, {"sop_class", companion.sop_class_uid}, {"sop_instance_uid", companion.sop_instance_uid}});
  }
  return list;
}

struct Request {
  Configuration configuration;
  RuleAction action;
  std::vector<imaging::StudyFile> study;
  std::vector<draft::PriorCandidate> priors;
  std::int64_t content_wall_ms = 0;
};

Result<RuleAction> action_of(const Configuration& configuration, const std::optional<std::string>& rule) {
  if (!rule) return configuration.rules.empty() ? RuleAction{} : configuration.rules.front().action;
  for (const Rule& candidate : configuration.rules) {
    if (candidate.name == *rule) return candidate.action;
  }
  return permanent_error("no_such_rule", "the configuration has no rule named " + *rule);
}

Result<Request> read_request(const Arguments& arguments) {
  Request request;
  if (const auto file = arguments.value("--config")) {
    std::optional<Configuration> configuration = usable_configuration(*file);
    if (!configuration) return permanent_error("configuration", *file + " has mistakes");
    request.configuration = std::move(*configuration);
  }
  if (const auto model = arguments.value("--model")) request.configuration.model.directory = *model;
  if (request.configuration.model.directory.empty()) request.configuration.model.directory = default_model_directory();
  Result<RuleAction> action = action_of(request.configuration, arguments.value("--rule"));
  if (!action) return action.error();
  request.action = *action;

  Result<std::vector<imaging::StudyFile>> study = open_study_files(arguments.values("--study"));
  if (!study) return study.error();
  request.study = std::move(*study);
  for (const std::string& path : arguments.values("--prior")) {
    Result<std::vector<imaging::StudyFile>> prior = open_study_files({path});
    if (!prior) return prior.error();
    request.priors.push_back({std::move(*prior)});
  }
  request.content_wall_ms = SystemClock().wall_ms();
  if (const auto date = arguments.value("--date")) {
    const std::optional<std::int64_t> given = parse_moment(*date);
    if (!given) return permanent_error("usage", "--date must be YYYYMMDD or YYYYMMDDHHMMSS");
    request.content_wall_ms = *given;
  }
  return request;
}

struct Written {
  report::DraftReport draft;
  nlohmann::json facts;
};

Result<Written> write_with(model::EngineClient& engine, const Request& request, bool progress_wanted, std::string* skip) {
  const auto progress = [&](const draft::DraftProgress& p) { if (progress_wanted) show_progress(p); };
  draft::PrepareInput input;
  input.files = &request.study;
  input.priors = &request.priors;
  input.action = request.action;
  input.configuration = &request.configuration;
  input.model = engine.facts();
  Result<draft::PrepareResult> prepared = draft::prepare(input, progress, -1);
  if (!prepared) return prepared.error();
  if (prepared->skip) {
    *skip = prepared->skip->why;
    return permanent_error(prepared->skip->code, prepared->skip->why);
  }
  const Result<model::Generated> generated =
      draft::ask_model(engine, *prepared->prepared, request.action, request.configuration, progress, -1);
  if (!generated) return generated.error();

  draft::ReportFrame frame;
  frame.identity = identity_of_study(prepared->prepared->current);
  frame.uids = result_uids(frame.identity);
  frame.content_wall_ms = request.content_wall_ms;
  const report::DraftContent content =
      draft::draft_content(*prepared->prepared, *generated, engine.facts(), request.configuration, frame);
  Result<report::DraftReport> draft =
      draft::write_report(*prepared->prepared, *generated, engine.facts(), request.configuration, frame);
  if (!draft) return draft.error();
  nlohmann::json facts = {{"sr_sop_instance_uid", frame.uids.sr_sop_instance_uid},
                          {"study", frame.identity.study_instance_uid},
                          {"model", model::to_json(engine.facts())},
                          {"generated", model::to_json(*generated)},
                          {"left_out", left_out_json(prepared->left_out)},
                          {"task", std::string(to_string(request.action.task))},
                          {"priors_refused", draft::told_priors(*prepared->prepared, generated->cuts_made).refused},
                          {"comparison", content.comparison},
                          {"technique", content.technique},
                          {"companions", companions_json(*draft)},
                          {"text", draft->text}};
  return Written{std::move(*draft), std::move(facts)};
}

}  // namespace

int report_command(const Words& words) {
  const Result<Arguments> arguments = Arguments::parse(
      words, {{"--model"}, {"--study", OptionKind::values}, {"--prior", OptionKind::values}, {"--out"}, {"--rule"}, {"--config"}, {"--date"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (!arguments->has("--study") || !arguments->positional().empty()) {
    std::cerr << usage_text;
    return exit_usage;
  }
  Result<Request> request = read_request(*arguments);
  if (!request) return complain(request.error());

  const ModelSettings& model = request->configuration.model;
  Result<model::EngineClient> engine = model::EngineClient::start(
      {sibling_program("radfm-engine"), model.directory, model.device, model.threads, model.load_timeout_ms, model.dtype,
       model.embedding_cache_mb, false, model.stall_timeout_ms});
  if (!engine) return complain(engine.error(), exit_wrong);
  std::string skip;
  const bool progress = !arguments->has("--json") && ::isatty(STDERR_FILENO) != 0;
  const Result<Written> written = write_with(*engine, *request, progress, &skip);
  if (progress) std::cerr << "\r\033[K";
  if (!written) return complain(written.error(), exit_wrong);
  for (const std::string& remark : written->draft.companion_remarks) std::cerr << remark << "\n";

  if (const auto folder = arguments->value("--out")) {
    if (Status files = write_draft_files(*folder, written->draft, written->facts); !files) return complain(files.error());
  }
  if (arguments->has("--json")) {
    std::cout << written->facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::cout << written->draft.text;
  }
  return exit_done;
}

}  // namespace radfm::ctl
