// SPDX-License-Identifier: Apache-2.0
// From what the model wrote to what the report says: notices first, then only what was read and what was written.
#include "core/dicom_time.h"
#include "core/digest.h"
#include "pipeline/draft/checked_draft.h"
#include "pipeline/draft/companions.h"
#include "pipeline/draft/draft_page.h"
#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/told_priors.h"
#include "pipeline/report/answer_sections.h"
#include "pipeline/report/sr_check.h"

namespace radfm::draft {
namespace {

constexpr std::int64_t ms_per_minute = 60'000;

std::vector<std::string> notices_of(const std::vector<TextFlag>& flags, const model::ModelFacts& facts,
                                    const report::ReportSections& sections, Task task,
                                    const std::string& institution_notice) {
  std::vector<std::string> notices;
  if (facts.weights_from_seed) {
    notices.emplace_back("The model's weights are UNTRAINED (drawn from a seed): its text carries no medical meaning.");
  }
  if (!facts.notice.empty()) notices.push_back(facts.notice);
  notices.emplace_back(report::draft_notice);
  for (const TextFlag& flag : flags) notices.push_back(flag.sentence);
  if (task == Task::rationale && !sections.findings.empty()) {
    notices.emplace_back("The findings are features that the model calls typical of the disease that it names: they are "
                         "not all observations in these images.");
  }
  if (!institution_notice.empty()) notices.push_back(institution_notice);
  return notices;
}

}  // namespace

report::DraftContent draft_content(const Prepared& prepared, const model::Generated& generated,
                                   const model::ModelFacts& facts, const Configuration& configuration,
                                   const ReportFrame& frame) {
  ToldPriors told = told_priors(prepared, generated.cuts_made);
  const std::string& zone = attribute_value(prepared.current.header, tag::timezone_offset);
  const std::int64_t local_ms = frame.content_wall_ms + parse_zone_minutes(zone).value_or(0) * ms_per_minute;

  report::DraftContent content;
  content.source_header = prepared.current.header;
  content.device_uid = uid_from_name("device|" + configuration.dicom.ae_title);
  content.series_instance_uid = frame.uids.series_instance_uid;
  content.sop_instance_uid = frame.uids.sr_sop_instance_uid;
  content.revision = frame.revision;
  content.content_date = format_da(local_ms);
  content.content_time = format_tm(local_ms);
  content.observation_datetime = format_dt_utc(frame.content_wall_ms);
  content.sop_class = configuration.report.sop_class;
  content.language = configuration.report.language;
  content.completion_flag = configuration.report.completion_flag;
  content.modality = prepared.modality;
  content.target_region = prepared.target_region;
  content.clinical_information = prepared.clinical_information;
  content.technique = technique_with_cuts(prepared.technique, told);
  content.comparison = std::move(told.comparison);
  content.sections = report::sections_of_answer(prepared.task, prepared.question, generated.text);
  const std::vector<TextFlag> flags = check_text(checked_draft(prepared, generated));
  content.notices = notices_of(flags, facts, content.sections, prepared.task, configuration.report.institution_notice);
  content.shown = prepared.shown;
  content.key_images = prepared.key_images;
  content.priors = std::move(told.uses);
  if (frame.predecessor) content.predecessors.push_back(*frame.predecessor);
  content.station_name = configuration.dicom.ae_title;
  content.ae_title = configuration.dicom.ae_title;
  content.model_name = facts.name;
  content.model_version = facts.version;
  content.model_digest = facts.digest;
  content.product_version = std::string(RADFM_VERSION);
  return content;
}

Result<report::DraftReport> write_report(const Prepared& prepared, const model::Generated& generated,
                                         const model::ModelFacts& facts, const Configuration& configuration,
                                         const ReportFrame& frame) {
  const report::DraftContent content = draft_content(prepared, generated, facts, configuration, frame);
  Result<report::DraftReport> draft = report::build_draft(content);
  if (!draft) return draft;
  if (Status passed = report::require_no_mistakes(draft->dicom); !passed) return passed.error();
  const report::ReportPage page = draft_page(prepared, content, frame.content_wall_ms);
  draft->page_json = page_json(page);
  add_companions(page, content, configuration, frame, &*draft);
  return draft;
}

}  // namespace radfm::draft
