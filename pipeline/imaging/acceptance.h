// SPDX-License-Identifier: Apache-2.0
// Which instances the model may be shown, and the codes and sentences for those that it is not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/imaging/instance_facts.h"

namespace radfm::imaging {

struct Refusal {
  std::string code;
  std::string reason;      // a sentence for people, without patient data
  bool by_policy = false;  // no diagnostic image, as opposed to one that could not be used
};

enum class Use {
  picture,  // a radiograph, an ultrasound, angiography or scintigraphy picture: no place in the patient is asked for
  slice,    // CT, MR, PET, tomosynthesis, of single files or frames: a place in the patient
  report,
  none
};

struct Acceptance {
  Use use = Use::none;
  Refusal refusal;  // when use is none
};

// Codes by policy: "secondary_capture", "presentation_state", "key_objects", "segmentation", "radiotherapy",
// "not_an_image", "localizer", "derived_reformat", "dose_screen", "for_processing". Codes of images that
// could not be used: "unsupported_sop_class", "unsupported_transfer_syntax", "colour_image" (slices only), "no_pixels",
// "image_too_large", "burned_in_text", "broken".
Acceptance judge(const InstanceFacts& facts);

// The frame that stands for a picture of many frames (a cine loop): the middle one, of a scintigraphy the first. From 0.
int picture_frame(const InstanceFacts& facts);

// What keeps one frame of an accepted object of slices from being shown: "no_geometry", or its own image type (an enhanced
// object may hold localizers and projections beside slices). Nothing: it is shown.
std::optional<Refusal> judge_slice(const InstanceFacts& frame);

// What to say about an object of which only the SOP class is known.
Refusal refusal_of_class(std::string_view sop_class_uid);

// The decoders that this build has.
bool can_decode(std::string_view transfer_syntax_uid);

inline constexpr int image_side_max = 16'384;
inline constexpr std::int64_t image_pixels_max = std::int64_t{48} << 20;

}  // namespace radfm::imaging
