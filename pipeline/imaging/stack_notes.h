// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace radfm::imaging {

struct SliceStack;

// What a reader should know about the geometry of a sorted stack: "gap of 10.0 mm after slice 12 of 30",
// uneven spacing, gantry tilt, slices shifted against each other.
std::vector<std::string> notes_of_stack(const SliceStack& stack);

}  // namespace radfm::imaging
