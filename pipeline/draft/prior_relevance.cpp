// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/prior_relevance.h"

#include <algorithm>
#include <tuple>

#include "core/dicom_time.h"
#include "core/sop_class.h"
#include "pipeline/draft/header_tags.h"

namespace radfm::draft {
namespace {

using imaging::InstanceReading;
using imaging::StudyReading;
using imaging::VolumeDescription;

void add_regions(ImageTopic& topic, const PriorSettings& settings, const std::string& text) {
  topic.regions.merge(regions_in(settings.regions, text));
}

void add_modality(ImageTopic& topic, const PriorSettings& settings, const std::string& modality) {
  if (!modality.empty()) topic.modality_groups.emplace(modality_group(settings.modality_groups, modality));
}

// Study Description, Requested Procedure Description, and what the procedure's codes mean.
void add_study_name(ImageTopic& topic, const PriorSettings& settings, const AttributeSet& header) {
  add_regions(topic, settings, attribute_value(header, tag::study_description));
  add_regions(topic, settings, attribute_value(header, tag::requested_procedure_description));
  const auto codes = header.find(tag::procedure_code_sequence);
  if (codes == header.end()) return;
  for (const AttributeSet& code : codes->second.items)
    add_regions(topic, settings, attribute_value(code, tag::code_meaning));
}

bool overlap(const std::set<std::string>& one, const std::set<std::string>& other) {
  return std::any_of(one.begin(), one.end(), [&](const std::string& entry) { return other.contains(entry); });
}

bool modality_fits(PriorRule::Modality wanted, const ImageTopic& current, const ImageTopic& prior) {
  const bool same = overlap(current.modality_groups, prior.modality_groups);
  return wanted == PriorRule::Modality::any || same == (wanted == PriorRule::Modality::same_group);
}

bool region_fits(PriorRule::Region wanted, const ImageTopic& current, const ImageTopic& prior) {
  switch (wanted) {
    case PriorRule::Region::same:
      return overlap(current.regions, prior.regions);
    case PriorRule::Region::unknown:
      return current.regions.empty() || prior.regions.empty();
    case PriorRule::Region::any:
      return true;
  }
  return false;
}

ImageTopic topic_of(const InstanceReading& instance, const StudyReading& study,
                    const PriorSettings& settings) {
  ImageTopic topic;
  add_modality(topic, settings, instance.modality);
  for (const std::string* text :
       {&instance.body_part, &instance.anatomic_region, &instance.series_description}) {
    add_regions(topic, settings, *text);
  }
  // What the study is called speaks for a series that says nothing of itself.
  if (topic.regions.empty()) add_study_name(topic, settings, study.header);
  return topic;
}

}  // namespace

ImageTopic topic_of(const VolumeDescription& volume, const StudyReading& study,
                    const PriorSettings& settings) {
  const auto of_volume = [&](const InstanceReading& instance) {
    return instance.series_instance_uid == volume.series_instance_uid;
  };
  const auto instance = std::find_if(study.instances.begin(), study.instances.end(), of_volume);
  InstanceReading image{"", "", "", volume.modality, volume.body_part, volume.series_description};
  if (instance != study.instances.end()) image.anatomic_region = instance->anatomic_region;
  return topic_of(image, study, settings);
}

ImageTopic topic_of(const StudyReading& study, const PriorSettings& settings) {
  ImageTopic topic;
  add_study_name(topic, settings, study.header);
  for (const InstanceReading& instance : study.instances) {
    if (!counts_for_digest(instance.sop_class_uid)) continue;
    ImageTopic image = topic_of(instance, study, settings);
    topic.modality_groups.merge(image.modality_groups);
    topic.regions.merge(image.regions);
  }
  return topic;
}

ImageTopic topic_of(const StudyIndex& study, const PriorSettings& settings) {
  ImageTopic topic;
  add_regions(topic, settings, study.study_description);
  for (const IndexedSeries& series : study.series) {
    const bool images = std::any_of(
        series.instances.begin(), series.instances.end(),
        [](const IndexedInstance& instance) { return counts_for_digest(instance.sop_class_uid); });
    if (!images) continue;
    add_modality(topic, settings, series.modality);
    for (const std::string* text : {&series.body_part, &series.description})
      add_regions(topic, settings, *text);
  }
  return topic;
}

bool rule_fits(const PriorRule& rule, const ImageTopic& current, const ImageTopic& prior) {
  return modality_fits(rule.modality, current, prior) && region_fits(rule.region, current, prior);
}

std::optional<std::size_t> rule_of(const ImageTopic& current, const std::string& current_date,
                                   const ImageTopic& prior, const std::string& prior_date,
                                   const PriorSettings& settings) {
  for (std::size_t i = 0; i < settings.rules.size(); ++i) {
    const PriorRule& rule = settings.rules[i];
    if (!rule_fits(rule, current, prior)) continue;
    if (!rule.window_years || is_within_years(prior_date, current_date, *rule.window_years)) return i;
  }
  return std::nullopt;
}

std::optional<std::size_t> rule_of(const ImageTopic& current, const std::string& current_date,
                                   const StudyReading& prior, const PriorSettings& settings) {
  const std::string& date = attribute_value(prior.header, tag::study_date);
  return rule_of(current, current_date, topic_of(prior, settings), date, settings);
}

bool has_comparable_images(const PriorRule& rule, const ImageTopic& current, const StudyReading& prior,
                           const PriorSettings& settings) {
  if (!rule.images) return false;
  return std::any_of(prior.instances.begin(), prior.instances.end(), [&](const InstanceReading& instance) {
    return counts_for_digest(instance.sop_class_uid) &&
           rule_fits(rule, current, topic_of(instance, prior, settings));
  });
}

std::optional<std::size_t> comparable_volume(const PriorRule& rule, const ImageTopic& current,
                                             const VolumeDescription& shown, const StudyReading& prior,
                                             const PriorSettings& settings) {
  std::optional<std::size_t> first;
  for (std::size_t i = 0; rule.images && i < prior.volumes.size(); ++i) {
    const VolumeDescription& volume = prior.volumes[i];
    const ImageTopic topic = topic_of(volume, prior, settings);
    const bool same_group = overlap(current.modality_groups, topic.modality_groups);
    if (!rule_fits(rule, current, topic) || (same_group && volume.kind != shown.kind)) continue;
    if (shown.kind == imaging::VolumeKind::volume || volume.view_position == shown.view_position) return i;
    if (!first) first = i;
  }
  return first;
}

bool is_within_years(const std::string& prior_date, const std::string& current_date, int years) {
  const std::optional<DicomDate> prior = parse_da(prior_date);
  const std::optional<DicomDate> current = parse_da(current_date);
  if (!prior || !current) return false;
  return std::tuple(prior->year + years, prior->month, prior->day) >=
         std::tuple(current->year, current->month, current->day);
}

}  // namespace radfm::draft
