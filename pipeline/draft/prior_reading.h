// SPDX-License-Identifier: Apache-2.0
// Reads the candidates of prior studies and decides what of them is used: headers and reports of all first, pixels only of
// those that are accepted and shown. Nothing is decoded of a study that might be another patient's. What is scarce goes by
// priors.rules: studies of an earlier rule first, within a rule the most recent.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/prior_choice.h"
#include "pipeline/draft/prior_relevance.h"

namespace radfm::draft {

struct UsedPrior {
  imaging::StudyReading reading;
  std::optional<std::size_t> volume;  // shown: index into reading.volumes and reading.pixels
  std::optional<std::size_t> report;  // read: index into reading.reports
  std::size_t rule = 0;               // which of priors.rules took it
  std::string way = {};               // PriorCandidate::way
};
struct PriorReadings {
  std::vector<UsedPrior> used;  // most recent first
  std::vector<PriorRefusal> refused;
  int not_looked_at = 0;
};

// How a study's files are read; the seam for tests of the decisions.
using ReadStudy = std::function<Result<imaging::StudyReading>(const std::vector<imaging::StudyFile>&,
                                                              const std::vector<imaging::ThinnedSeries>&, bool pixels)>;

// `shown` is the first image of the current study that the model is shown; `images_room` is how many images the prompt has
// place for. Errors: only those that concern the whole job (cancelled, transient, vanished).
Result<PriorReadings> read_priors(const imaging::StudyReading& current, const imaging::VolumeDescription& shown,
                                  std::size_t images_room, const std::vector<PriorCandidate>& candidates,
                                  const PriorSettings& settings, const ReadStudy& read_study,
                                  const std::function<void(const DraftProgress&)>& progress);

}  // namespace radfm::draft
