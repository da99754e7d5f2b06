// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/instance_facts.h"

namespace radfm::imaging {

struct RegionWindow {
  std::string_view region;  // for people: "chest"
  double centre_hu = 40, width_hu = 400;
};

// The fixed window in Hounsfield units for a CT, by Body Part Examined; where that is empty or unknown, by a
// word of the series description, the protocol name or the study description. The file's own window is not
// asked: it depends on who looked last.
//   head and brain 40/80; chest and lungs -300/1400 (lung and mediastinum both visible in one grey range);
//   bones of spine and limbs 300/1500; everything else 40/400 (soft tissue)
RegionWindow ct_window(const InstanceFacts& facts);

}  // namespace radfm::imaging
