// SPDX-License-Identifier: Apache-2.0
// How far a model's numbers are from those of the reference, the same weights in float32 through libtorch: a speed says
// nothing without it.
#pragma once

#include <vector>

#include "pipeline/model/radfm.h"

namespace radfm::model {

struct Exactness {
  bool of_arithmetic = false;     // the reference has what the packed weights stand for, not what they were made from
  double logit_difference = 0;    // the largest; infinite when a number is none
  double logit_range = 0;         // between the reference's smallest and largest
  int tokens = 0, tokens_equal = 0;  // places where the likeliest token was compared
  // The largest lead that the reference's token had where the other model prefers another; 0 when all are equal.
  double lead_lost = 0;
};

// Both read the same questions by formula, and then the reference's likeliest token again and again. The two models have
// the same sizes.
Result<Exactness> exactness_of(const Radfm& model, const Radfm& reference);

}  // namespace radfm::model
