// SPDX-License-Identifier: Apache-2.0
// Standardised uptake value of PET by body weight: what a value in Bq/ml is multiplied with.
#pragma once

#include <optional>
#include <string>

class DcmItem;

namespace radfm::imaging {

// g/ml for 1 of the image's unit; or why it cannot be known, without patient data.
struct SuvFactor {
  std::optional<double> factor;
  std::string why_not;
};

// SUVbw = activity [Bq/ml] * weight [g] / dose [Bq], where the dose has decayed until the instant that the activity is
// corrected to (QIBA profile FDG-PET/CT, appendix G, "vendor-neutral pseudo-code for SUV calculation"; PS3.3 C.8.9.1):
//   Decay Correction START: start of the scan; that is the series' time unless it is later than the acquisition's (then the
//     series was made afterwards): then it is computed from the frame: acquisition start + t_average - frame reference
//     time, with t_average = 1/l * ln(l T / (1 - exp(-l T))), l = ln 2 / half life, T = frame duration;
//   ADMIN: the injection, so nothing has decayed;
//   NONE: the frame itself, acquisition start + t_average.
// Units GML are SUV already when SUV Type is BW or absent; CNTS are multiplied with Philips' factor (7053,xx00) when there.
// An injection that only has a time is on the day of the scan, or on the day before when it would be later than the
// scan. A date and time of its own with a zone is compared in that zone (Timezone Offset From UTC says the others').
// `real_world_unit`: the unit that Real World Value Mapping gave the values; may be empty.
SuvFactor read_suv(DcmItem& data_set, const std::string& real_world_unit);

}  // namespace radfm::imaging
