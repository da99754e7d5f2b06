// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/draft_pipeline.h"

#include <algorithm>

#include "core/sop_class.h"
#include "pipeline/draft/draft_sentences.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/identity_words.h"
#include "pipeline/draft/input_digest.h"
#include "pipeline/draft/plain_text.h"
#include "pipeline/draft/prior_reading.h"
#include "pipeline/draft/prompt_builder.h"
#include "pipeline/draft/report_choice.h"
#include "pipeline/draft/report_cutting.h"
#include "pipeline/draft/shown_images.h"

namespace radfm::draft {
namespace {

using imaging::LeftOut;
using imaging::StudyReading;

constexpr int slices_max_otherwise = 64;

// `shown_only`: pixels of no more than choose_current takes.
ReadStudy reader_of(const PrepareInput& input, int wake_fd, bool shown_only) {
  return [&input, wake_fd, shown_only](const std::vector<imaging::StudyFile>& files,
                                       const std::vector<imaging::ThinnedSeries>& thinned, bool pixels) {
    const ReaderSettings& settings = input.configuration->reader;
    imaging::ReadOptions options;
    options.pixels = pixels;
    options.documents = !pixels;
    options.nesting_max = settings.nesting_max;
    options.thinned = thinned;
    if (shown_only) {
      options.stacks_max = 1;
      options.pictures_max = static_cast<int>(current_radiographs_max);
    }
    options.imaging = input.configuration->imaging;
    options.slices_max = slices_max_of(input.model);
    return imaging::read_study(files, options, reader_limits(settings), wake_fd, shown_only ? input.spare_reader : nullptr);
  };
}

// What a RIS sent of a study stands beside the reports among its files.
ReadStudy with_sent_reports(ReadStudy read, const PrepareInput& input) {
  if (input.sent_reports == nullptr) return read;
  return [read = std::move(read), &input](const auto& files, const auto& thinned, bool pixels) {
    Result<StudyReading> study = read(files, thinned, pixels);
    const PriorSettings& settings = input.configuration->priors;
    if (study) add_sent_reports(*input.sent_reports, {settings.one_issuer_may_be_empty, settings.shared_patient_ids}, &*study);
    return study;
  };
}

bool is_code(const std::string& text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// No image to show: by policy there is no report due; otherwise an administrator should look at the study.
Result<PrepareResult> nothing_to_show(StudyReading reading) {
  const auto unusable =
      std::find_if(reading.left_out.begin(), reading.left_out.end(), [](const LeftOut& l) { return !l.by_policy; });
  if (unusable != reading.left_out.end()) {
    return permanent_error(is_code(unusable->code) ? unusable->code : "unusable_images",
                           "no image of the study could be used: " + sentence(one_line(unusable->reason, 300)));
  }
  PrepareResult result;
  result.skip = Skip{"no_diagnostic_image", "the study holds no image that a report is due for"};
  if (!reading.left_out.empty()) {
    result.skip->why += "; left out: " + sentence(one_line(reading.left_out.front().reason, 300));
  }
  result.left_out = std::move(reading.left_out);
  return result;
}

// Of a study whose images are not shown: the modality of its first image.
std::string image_modality(const StudyReading& reading) {
  for (const imaging::InstanceReading& instance : reading.instances) {
    if (counts_for_digest(instance.sop_class_uid)) return instance.modality;
  }
  return {};
}

// Pixels that nobody is shown are given back at once.
void keep_pixels(StudyReading& reading, const std::vector<std::size_t>& shown) {
  for (std::size_t i = 0; i < reading.pixels.size(); ++i) {
    if (std::find(shown.begin(), shown.end(), i) == shown.end()) reading.pixels[i] = imaging::PixelBlock{};
  }
}

// The reader may leave a block empty for what is not shown; it is another process, and not believed.
bool all_decoded(const StudyReading& reading, const std::vector<std::size_t>& shown) {
  return std::ranges::none_of(shown, [&](std::size_t i) { return reading.pixels.at(i).display.empty(); });
}

// Joins what was decided into prompt, evidence and sentences.
class Assembly {
 public:
  Assembly(StudyReading current, std::vector<std::size_t> shown, PriorReadings priors, const PrepareInput& input)
      : shown_(std::move(shown)), input_(input), refused_(std::move(priors.refused)) {
    comparison_.not_looked_at = priors.not_looked_at;
    prepared_.current = std::move(current);
    keep_pixels(prepared_.current, shown_);
    for (UsedPrior& prior : priors.used) {
      volumes_.push_back(prior.volume);
      reports_.push_back(prior.report);
      ways_.push_back(std::move(prior.way));
      keep_pixels(prior.reading, prior.volume ? std::vector<std::size_t>{*prior.volume} : std::vector<std::size_t>{});
      prepared_.priors.push_back(std::move(prior.reading));
    }
  }

  Prepared assemble() && {
    for (std::size_t i = 0; i < prepared_.priors.size(); ++i) add_prior(i);
    std::reverse(content_.priors.begin(), content_.priors.end());  // oldest first
    add_current();
    number_images();
    write_prompt();
    write_sentences();
    prepared_.input_digest = input_digest(prepared_, input_.model.digest, input_.action.max_new_tokens);
    return std::move(prepared_);
  }

 private:
  // Most recent first.
  void add_prior(std::size_t i) {
    const StudyReading& prior = prepared_.priors[i];
    const std::string& study_uid = attribute_value(prior.header, tag::study_instance_uid);
    const std::string& date = attribute_value(prior.header, tag::study_date);
    report::PriorUse use{study_uid, date, attribute_value(prior.header, tag::accession_number),
                         attribute_value(prior.header, tag::study_description), {}, {}};
    PriorMention mention{date, image_modality(prior), use.description};
    mention.way = ways_[i];
    PromptPrior told{date, std::nullopt, ""};
    if (volumes_[i]) {
      const imaging::VolumeDescription& volume = prior.volumes[*volumes_[i]];
      use.images = evidence_of(volume, study_uid);
      mention.modality = volume.modality;
      mention.image_shown = true;
    }
    if (reports_[i]) {
      const imaging::ReportReading& read = prior.reports[*reports_[i]];
      told.report_text = fit_report_text(identities_of(prior, read).without(read.text), prior_report_bytes_max, &mention.report_shortened);
      mention.report_read = !told.report_text.empty();
      mention.report_unflagged = standing_of(read) == ReportStanding::unflagged;
      if (mention.report_read && !read.sop_instance_uid.empty()) {  // a report of a RIS is no evidence that an SR can name
        use.reports.push_back({study_uid, read.series_instance_uid, read.sop_class_uid, read.sop_instance_uid});
      }
    }
    told.modality = mention.modality;
    content_.priors.push_back(std::move(told));
    prepared_.prior_uses.push_back(std::move(use));
    comparison_.used.push_back(std::move(mention));
  }

  // Whoever the prior's header, the current one's and the document itself name.
  IdentityWords identities_of(const StudyReading& prior, const imaging::ReportReading& report) const {
    IdentityWords identities;
    identities.add(prepared_.current.header);
    identities.add(prior.header);
    for (const std::string& person : report.persons) identities.add_person(person);
    identities.add_person(report.patient.name);
    return identities;
  }

  void add_current() {
    const StudyReading& current = prepared_.current;
    const std::string& study_uid = attribute_value(current.header, tag::study_instance_uid);
    for (const std::size_t i : shown_) {
      for (auto& instance : evidence_of(current.volumes[i], study_uid)) prepared_.shown.push_back(std::move(instance));
      for (auto& instance : key_image_of(current.volumes[i], study_uid)) prepared_.key_images.push_back(std::move(instance));
    }
    const imaging::VolumeDescription& first = current.volumes[shown_.front()];
    prepared_.modality = report_modality(first.modality);
    prepared_.target_region = target_region(first);
    content_.context = clinical_context(current.header, input_.action.context);
    prepared_.clinical_information = content_.context;
    content_.question = first.kind == imaging::VolumeKind::volume ? input_.action.prompt_3d : input_.action.prompt_2d;
    prepared_.task = input_.action.task;
    prepared_.question = content_.question;
  }

  void add_image(const StudyReading& reading, std::size_t volume) {
    prepared_.images.push_back(&reading.pixels[volume]);
    prepared_.shapes.push_back(shape_of(reading.volumes[volume]));
  }

  // Images are numbered as they stand in the prompt: priors, oldest first, then the current study.
  void number_images() {
    for (std::size_t told = 0; told < content_.priors.size(); ++told) {
      const std::size_t i = content_.priors.size() - 1 - told;
      if (!volumes_[i]) continue;
      content_.priors[told].image = prepared_.images.size();
      add_image(prepared_.priors[i], *volumes_[i]);
    }
    for (const std::size_t i : shown_) {
      content_.current_images.push_back(prepared_.images.size());
      add_image(prepared_.current, i);
    }
  }

  void write_prompt() {
    const model::PromptTemplate* words = model::find_prompt_template(input_.model.prompt_template);
    if (words == nullptr) broken_invariant("the engine checked its configuration's prompt template");
    BuiltPrompt built = build_prompt(content_, *words);
    for (PriorCut& cut : built.cuts) cut.prior = content_.priors.size() - 1 - cut.prior;
    prepared_.prompt = std::move(built.prompt);
    prepared_.cuts = std::move(built.cuts);
  }

  void write_sentences() {
    comparison_.patient_id_empty = attribute_value(prepared_.current.header, tag::patient_id).empty();
    comparison_.refused = refused_;
    comparison_.remarks = input_.prior_remarks;
    prepared_.comparison = comparison_text(comparison_);
    prepared_.technique = task_line(prepared_.task, prepared_.question) + "\n" + technique_text(prepared_.current, shown_);
    for (const PriorRefusal& refusal : refused_) prepared_.priors_refused.push_back(refusal_sentence(refusal));
    prepared_.comparison_facts = std::move(comparison_);
  }

  std::vector<std::size_t> shown_;
  const PrepareInput& input_;
  std::vector<PriorRefusal> refused_;
  std::vector<std::optional<std::size_t>> volumes_, reports_;  // beside prepared_.priors
  std::vector<std::string> ways_;
  PromptContent content_;
  ComparisonFacts comparison_;
  Prepared prepared_;
};

}  // namespace

imaging::ReaderLimits reader_limits(const ReaderSettings& settings) {
  return {sibling_program("radfm-reader"), settings.memory_max_mb, settings.timeout_ms, settings.pdf_text_program};
}

int slices_max_of(const model::ModelFacts& facts) {
  return facts.depth_max > 0 ? facts.depth_max : slices_max_otherwise;
}

Result<PrepareResult> prepare(const PrepareInput& input, const std::function<void(const DraftProgress&)>& progress,
                              int wake_fd) {
  const ReadStudy read = with_sent_reports(reader_of(input, wake_fd, /*shown_only=*/false), input);
  if (progress) progress({JobStage::imaging, 0, 1, ""});
  static const std::vector<imaging::ThinnedSeries> none;
  Result<StudyReading> current =
      reader_of(input, wake_fd, /*shown_only=*/true)(*input.files, input.thinned != nullptr ? *input.thinned : none, true);
  if (!current) return current.error();
  if (!current->disagreements.empty()) {
    return permanent_error("identity_conflict",
                           "the study's files disagree about patient or study; correct the study in Orthanc and the PACS");
  }
  std::vector<std::size_t> shown = choose_current(*current);
  if (shown.empty()) return nothing_to_show(std::move(*current));
  if (!all_decoded(*current, shown)) return poison_error("reader_garbled", "the reader sent no pixels of an image that is shown");

  PriorReadings priors;
  const bool patient_known = !attribute_value(current->header, tag::patient_id).empty();
  if (patient_known && input.priors != nullptr) {
    Result<PriorReadings> readings =
        read_priors(*current, current->volumes[shown.front()], model::prompt_images_max - shown.size(), *input.priors,
                    input.configuration->priors, read, progress);
    if (!readings) return readings.error();
    priors = std::move(*readings);
  }
  PrepareResult result;
  result.left_out = current->left_out;
  result.prepared = Assembly(std::move(*current), std::move(shown), std::move(priors), input).assemble();
  return result;
}

}  // namespace radfm::draft
