// SPDX-License-Identifier: Apache-2.0
// What the report was made from: PS3.3 C.17.2 evidence, predecessor and request sequences.
#pragma once

#include <string>
#include <vector>

#include "pipeline/report/draft_report.h"

class DcmItem;
class DcmTagKey;

namespace radfm::report {

// Current Requested Procedure Evidence: `shown` and `key_images`. Pertinent Other Evidence: images and reports of the
// priors. No instance stands twice, none in both. An instance whose UIDs are illegal cannot be referenced: it is left
// out, and "ReferencedSOPSequence" is added to `left_out_values`.
void write_evidence(const DraftContent& content, DcmItem& dataset, std::vector<std::string>& left_out_values);

// The same form, of whatever else refers to objects: each by study and series, once, in this order. The UIDs must be legal.
void write_references(const std::vector<EvidenceInstance>& instances, const DcmTagKey& sequence, DcmItem& dataset);

void write_predecessors(const DraftContent& content, DcmItem& dataset);

// Referenced Request Sequence from the images' Request Attributes Sequence (0040,0275); Performed Procedure Code
// Sequence from the study's Procedure Code Sequence, if need be empty (type 2).
void write_requests(const DraftContent& content, DcmItem& dataset, std::vector<std::string>& left_out_values);

}  // namespace radfm::report
