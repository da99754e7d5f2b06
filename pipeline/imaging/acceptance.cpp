// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/acceptance.h"

#include <algorithm>

#include "core/sop_class.h"
#include "pipeline/imaging/transfer_syntax.h"

namespace radfm::imaging {
namespace {

constexpr std::string_view ct_image_uid = "1.2.840.10008.5.1.4.1.1.2",
                           mr_image_uid = "1.2.840.10008.5.1.4.1.1.4";

struct ClassRow {
  std::string_view prefix, code, sentence;
};
// The longest matching prefix wins; rows are ordered so that the first match is the longest.
constexpr ClassRow class_rows[] = {
    {"1.2.840.10008.5.1.4.1.1.7", "secondary_capture", "secondary captures (screen saves) are not read"},
    {"1.2.840.10008.5.1.4.1.1.88.59", "key_objects", "key object selections hold no image"},
    {"1.2.840.10008.5.1.4.1.1.11.", "presentation_state", "presentation states hold no image"},
    {"1.2.840.10008.5.1.4.1.1.66.", "segmentation",
     "segmentations and registrations are results, not images"},
    {"1.2.840.10008.5.1.4.1.1.481.", "radiotherapy", "radiotherapy objects are not diagnostic images"},
};

struct TypeRow {
  std::string_view value, code, sentence;
};
// Words of Image Type (0008,0008) that mark an image as no acquisition of its own.
constexpr TypeRow type_rows[] = {
    {"LOCALIZER", "localizer", "localizers are not read"},
    {"SCOUT", "localizer", "localizers are not read"},
    {"DOSE_INFO", "dose_screen", "dose summary screens are not read"},
    {"SCREEN SAVE", "secondary_capture", "secondary captures (screen saves) are not read"},
};
constexpr TypeRow derived_rows[] = {
    {"MPR", "derived_reformat", "reformatted images are not read beside their source images"},
    {"REFORMATTED", "derived_reformat", "reformatted images are not read beside their source images"},
    {"CURVED", "derived_reformat", "reformatted images are not read beside their source images"},
    {"CPR", "derived_reformat", "reformatted images are not read beside their source images"},
    {"MIP", "derived_reformat", "projections computed from slices are not read"},
    {"MINIP", "derived_reformat", "projections computed from slices are not read"},
    {"MAX_IP", "derived_reformat", "projections computed from slices are not read"},
    {"MIN_IP", "derived_reformat", "projections computed from slices are not read"},
    {"PROJECTION IMAGE", "derived_reformat", "projections computed from slices are not read"},
    {"VRT", "derived_reformat", "projections computed from slices are not read"},
    {"VOLUME RENDERED", "derived_reformat", "projections computed from slices are not read"},
};

std::optional<Refusal> refusal_by_type(const InstanceFacts& facts) {
  const auto has = [&](std::string_view value) {
    return std::find(facts.image_type.begin(), facts.image_type.end(), value) != facts.image_type.end();
  };
  for (const auto& row : type_rows) {
    if (has(row.value)) return Refusal{std::string(row.code), std::string(row.sentence), true};
  }
  for (const auto& row : derived_rows) {
    if (has("DERIVED") && has(row.value))
      return Refusal{std::string(row.code), std::string(row.sentence), true};
  }
  if (facts.presentation_intent == "FOR PROCESSING") {
    return Refusal{"for_processing",
                   "raw images meant for processing are not read, only their images for presentation", true};
  }
  return std::nullopt;
}

// PS3.3 C.7.6.3, before anything is decoded.
std::optional<Refusal> refusal_by_pixels(const InstanceFacts& facts) {
  if (!facts.has_pixels) return Refusal{"no_pixels", "the object has no pixel data"};
  if (facts.frames != 1) return Refusal{"multi_frame", "multi-frame images cannot be read yet"};
  if (facts.samples != 1 || (facts.photometric != "MONOCHROME1" && facts.photometric != "MONOCHROME2")) {
    return Refusal{"colour_image", "colour images (" + facts.photometric + ") cannot be read yet"};
  }
  if (facts.rows <= 0 || facts.columns <= 0) return Refusal{"broken", "the image has no rows or no columns"};
  if (facts.rows > image_side_max || facts.columns > image_side_max ||
      std::int64_t{facts.rows} * facts.columns > image_pixels_max) {
    return Refusal{"image_too_large", "the image has " + std::to_string(facts.rows) + " x " +
                                          std::to_string(facts.columns) + " pixels, more than can be read"};
  }
  if (!can_decode(facts.transfer_syntax_uid)) {
    return Refusal{"unsupported_transfer_syntax",
                   "the pixels are coded as " + transfer_syntax_name(facts.transfer_syntax_uid) +
                       ", which cannot be decoded; let the sender use an uncompressed syntax"};
  }
  if (facts.pixels_too_short) return Refusal{"broken", "the pixel data ends early; send the image again"};
  return std::nullopt;
}

Acceptance refused(Refusal refusal) {
  return {Use::none, std::move(refusal)};
}

}  // namespace

bool can_decode(std::string_view transfer_syntax_uid) {
  return pixel_coding(transfer_syntax_uid).has_value();
}

Refusal refusal_of_class(std::string_view sop_class_uid) {
  for (const auto& row : class_rows) {
    if (sop_class_uid.substr(0, row.prefix.size()) == row.prefix) {
      return {std::string(row.code), std::string(row.sentence), true};
    }
  }
  if (sop_role(sop_class_uid) == SopRole::ignored) {
    return {"not_an_image",
            "the object is no diagnostic image (" + std::string(sop_class_name(sop_class_uid)) + ")", true};
  }
  return {"unsupported_sop_class", std::string(sop_class_name(sop_class_uid)) + " cannot be read yet", false};
}

Acceptance judge(const InstanceFacts& facts) {
  const SopRole role = sop_role(facts.sop_class_uid);
  if (role == SopRole::report) return {Use::report, {}};
  if (role == SopRole::ignored) return refused(refusal_of_class(facts.sop_class_uid));
  if (auto refusal = refusal_by_type(facts)) return refused(*refusal);
  const bool readable_slice = facts.sop_class_uid == ct_image_uid || facts.sop_class_uid == mr_image_uid;
  if (auto refusal = refusal_by_pixels(facts)) return refused(*refusal);
  if (role == SopRole::radiograph) return {Use::radiograph, {}};
  if (role != SopRole::slice || !readable_slice) return refused(refusal_of_class(facts.sop_class_uid));
  if (!facts.orientation || !facts.position_mm || !facts.spacing_mm) {
    return refused({"no_geometry",
                    "the slice does not say where in the patient it lies (image position, orientation or "
                    "pixel spacing is missing or impossible)",
                    false});
  }
  return {Use::slice, {}};
}

}  // namespace radfm::imaging
