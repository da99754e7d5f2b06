// SPDX-License-Identifier: Apache-2.0
// A made-up person for a drawn patient, and what the request says. The same seed gives the same person. Safe from any thread.
#pragma once

#include <cstdint>
#include <string>

#include "core/attribute_set.h"

namespace radfm::demo {

// A quarter have neither age nor sex, a third no indication. An indication says nothing about the pixels, and often lies
// ("nodule in the left lung").
struct PhantomPerson {
  std::string name, id, issuer, birth_date, sex;  // birth date and sex may be empty
  std::string indication;                         // may be empty
  std::string prior_date, current_date;           // of the two studies, DA
};
PhantomPerson draw_person(std::uint64_t seed);

// The attributes of the current study that the prompt's context is made of (pipeline/draft/prompt_builder.h).
AttributeSet header_of(const PhantomPerson& person);

}  // namespace radfm::demo
