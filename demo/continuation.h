// SPDX-License-Identifier: Apache-2.0
// What must follow from a report's own words, whatever its images show: how the old finding and the new one compare, and the
// impression. Learned where the words before are given and often false: a model that reads the pixels again for each sentence
// contradicts itself wherever it misread them once. Safe from any thread.
#pragma once

#include "demo/exercise.h"

namespace radfm::demo {

// Of the mix of draw_exercise, three in ten of its reports begun: their first sentences are given (Exercise::given), up to the
// impression (always without a prior image) or up to the old finding. Seven in ten of these beginnings name another finding,
// or another old one, than is shown; what is to be written agrees with them.
Exercise begun_exercise(std::uint64_t seed, bool volume);

// A beginning that is part of the question, without images: learned from text at little cost.
Exercise continuation_exercise(std::uint64_t seed);

}  // namespace radfm::demo
