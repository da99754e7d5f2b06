// SPDX-License-Identifier: Apache-2.0
// The language of the demonstration's reports: every sentence that there is, in two or three phrasings. Reports are written
// from it, and read back by it (report_parser.h). No state; safe from any thread.
//
// A report: "Findings: ... Impression: ..." (of a CT "Finding: ..."), its sentences always in this order: modality, finding,
// what the prior study showed and how the finding compares with it, heart, and, where no prior image was seen, that:
//
//   Findings: Chest radiograph. There is a 24 mm nodule in the right lower zone. The prior study showed a 16 mm nodule in the
//   right lower zone. That was the same kind of finding on the same side in the same zone. The nodule is larger. The heart is normal and was normal on the prior study. Impression: Larger right
//   lower zone nodule.
//
// The old finding, and whether it was the same one, stand in full before the verdict, so that a reader, and a check, can see
// a verdict that they do not support. Rival verdicts have the same number of phrasings and the same first words.
#pragma once

#include <string>
#include <vector>

#include "demo/chest_truth.h"
#include "demo/phantom_random.h"

namespace radfm::demo {

// What the prompt has of an earlier study.
enum class PriorSeen { none, report_only, image };

// What a report is written from.
struct Told {
  phantom::Truth current;
  PriorSeen prior_seen = PriorSeen::none;
  phantom::Truth prior;  // of an image
};

using Phrasings = std::vector<std::string>;

std::string_view name_of(phantom::Kind kind);            // "nodule", "pleural effusion"
std::string size_of(const phantom::Lesion& lesion);      // "24 mm", "moderate"
std::string_view side_of(const phantom::Lesion& lesion);
std::string zone_of(const phantom::Lesion& lesion);      // "lower zone", of an effusion "base"
std::string described(const phantom::Lesion& lesion);    // "a 24 mm nodule in the right lower zone", "no focal lung lesion"
std::string placed(const phantom::Lesion& lesion);       // "right lower zone nodule", "left pleural effusion"
std::string_view word_of(phantom::Change change);        // "larger", ..., "new", "resolved", "replaced", "no finding"

// Whole sentences with their full stops.
Phrasings modality_sentences(phantom::Modality modality);
Phrasings finding_sentences(const phantom::Lesion& lesion);
// `other`: the prior image is of the other modality, which is named then.
Phrasings prior_sentences(const phantom::Lesion& prior, const phantom::Modality* other);
// Of two lesions: whether kind, side and zone are the same.
Phrasings relation_sentences(const phantom::Relation& relation, bool with_zone);
Phrasings verdict_sentences(phantom::Change change, const phantom::Lesion& prior, const phantom::Lesion& current);
// Follows "The ... is new." where another lesion has gone.
Phrasings gone_sentences(const phantom::Lesion& prior);
Phrasings heart_sentences(bool enlarged);
Phrasings heart_sentences(bool enlarged, bool was_enlarged);
Phrasings no_prior_sentences();
Phrasings report_only_sentences();
inline constexpr const char* not_diagnostic_sentence = "This is not a diagnostic image.";
inline constexpr const char* not_diagnostic_impression = "no diagnostic image";
Phrasings normal_impressions();                   // "normal chest", ...
inline constexpr const char* large_heart_impression = "cardiomegaly";

const std::string& one_of(const Phrasings& phrasings, phantom::Random& random);

std::string write_report(const Told& told, phantom::Random& random);
// A report of one study by itself that says nothing about priors: the text of a prior report.
std::string write_old_report(const phantom::Truth& truth, phantom::Random& random);
// What a report says of finding and change, without modality, heart and impression; only with a prior image.
std::string write_comparison(const Told& told, phantom::Random& random);
std::string write_impression(const Told& told, phantom::Random& random);  // "Larger right lower zone nodule, cardiomegaly."
// Modality, finding and heart of one image.
std::string write_caption(const phantom::Truth& truth, phantom::Random& random);

}  // namespace radfm::demo
