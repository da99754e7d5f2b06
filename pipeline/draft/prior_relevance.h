// SPDX-License-Identifier: Apache-2.0
// Which of the patient's earlier studies are worth a comparison with what the model is shown, by
// `priors.rules` (core/prior_rules.h). Whether they are the patient's and earlier is decided elsewhere, and
// first (prior_choice.h).
#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/configuration.h"
#include "core/study_index.h"
#include "pipeline/imaging/study_reading.h"

namespace radfm::draft {

// What images show. Empty: not known.
struct ImageTopic {
  std::set<std::string> modality_groups, regions;
};

// Of one image of a study: its own body part and description, and what the whole study is called.
ImageTopic topic_of(const imaging::VolumeDescription& volume, const imaging::StudyReading& study,
                    const PriorSettings& settings);
// Of all images of a study; of one without images (a report alone) only its name. Asks the instances, so that
// it can be answered before any pixel is decoded.
ImageTopic topic_of(const imaging::StudyReading& study, const PriorSettings& settings);

// Of a study as Orthanc's index knows it, so that what no rule fits need not be fetched.
ImageTopic topic_of(const StudyIndex& study, const PriorSettings& settings);

bool rule_fits(const PriorRule& rule, const ImageTopic& current, const ImageTopic& prior);

// The first rule that takes the prior, as an index into settings.rules.
std::optional<std::size_t> rule_of(const ImageTopic& current, const std::string& current_date,
                                   const ImageTopic& prior, const std::string& prior_date,
                                   const PriorSettings& settings);
std::optional<std::size_t> rule_of(const ImageTopic& current, const std::string& current_date,
                                   const imaging::StudyReading& prior, const PriorSettings& settings);

// Whether the study has images that the rule lets stand beside what is shown.
bool has_comparable_images(const PriorRule& rule, const ImageTopic& current,
                           const imaging::StudyReading& prior, const PriorSettings& settings);
// Which of the prior's volumes stands beside `shown`, best first: of the same modality group it is of the
// same kind too, and for radiographs one of the same view is preferred. Index into prior.volumes.
std::optional<std::size_t> comparable_volume(const PriorRule& rule, const ImageTopic& current,
                                             const imaging::VolumeDescription& shown,
                                             const imaging::StudyReading& prior,
                                             const PriorSettings& settings);

// Whether a date (DA) is at most so many years before another, to the day. Dates that cannot be read: no.
bool is_within_years(const std::string& prior_date, const std::string& current_date, int years);

}  // namespace radfm::draft
