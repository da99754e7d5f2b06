// SPDX-License-Identifier: Apache-2.0
// What the checks of a text (text_checks.h) are told of its study. Pure; safe from any thread; no errors.
#pragma once

#include "pipeline/draft/draft_pipeline.h"
#include "pipeline/draft/text_checks.h"

namespace radfm::draft {

// Of priors it tells what was left after the cuts that the engine made.
CheckedDraft checked_draft(const Prepared& prepared, const model::Generated& generated);

}  // namespace radfm::draft
