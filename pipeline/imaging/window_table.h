// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/imaging_settings.h"
#include "pipeline/imaging/instance_facts.h"

namespace radfm::imaging {

// The fixed window in Hounsfield units for a CT, by Body Part Examined; where no word of the table is in it, by the coded
// anatomic region, the series description, the protocol name or the study description. The file's own window is not asked: it depends on who
// looked last. `settings` must outlive the answer; it has a last row for everything else.
const CtWindowRow& ct_window(const InstanceFacts& facts, const ImagingSettings& settings);

}  // namespace radfm::imaging
