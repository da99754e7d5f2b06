// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/acceptance.h"

#include <algorithm>

#include "core/sop_class.h"
#include "pipeline/imaging/transfer_syntax.h"

namespace radfm::imaging {
namespace {

constexpr std::string_view storage_root = "1.2.840.10008.5.1.4.1.1.";

// After the storage root. What is in neither list and no radiograph cannot be read.
constexpr std::string_view slice_classes[] = {
    "2",      "2.1", "2.2",        // CT: single frame, enhanced, legacy converted
    "4",      "4.1", "4.4",        // MR
    "128",    "130", "128.1",      // PET
    "13.1.1", "13.1.2", "13.1.3",  // X-ray 3D angiographic and craniofacial, breast tomosynthesis
};
constexpr std::string_view nuclear_medicine = "20";
constexpr std::string_view picture_classes[] = {
    "1", "1.1", "1.2", "1.3",              // CR, DX, mammography, intra-oral
    "3",   "3.1", "6",   "6.1",            // ultrasound, retired and not
    "12.1", "12.1.1", "12.2", "12.2.1",    // angiography, radiofluoroscopy, and enhanced
    "13.1.4",                              // breast projection
    nuclear_medicine,
};

template <std::size_t N>
bool holds(const std::string_view (&list)[N], std::string_view sop_class_uid) {
  return sop_class_uid.starts_with(storage_root) &&
         std::find(std::begin(list), std::end(list), sop_class_uid.substr(storage_root.size())) != std::end(list);
}

bool is_scintigraphy(const InstanceFacts& facts) {
  return facts.sop_class_uid.starts_with(storage_root) &&
         std::string_view(facts.sop_class_uid).substr(storage_root.size()) == nuclear_medicine;
}

// Reconstructed slices, as opposed to projections and whole bodies (PS3.3 C.8.4.9.1.1.3).
bool is_tomogram(const InstanceFacts& facts) {
  return facts.image_type.size() > 2 && (facts.image_type[2] == "RECON TOMO" || facts.image_type[2] == "RECON GATED TOMO");
}

constexpr std::string_view picture_photometrics[] = {"MONOCHROME1",  "MONOCHROME2",      "RGB",     "PALETTE COLOR", "YBR_FULL",
                                                     "YBR_FULL_422", "YBR_PARTIAL_422",  "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"};

constexpr std::string_view for_processing_sentence =
    "raw images meant for processing are not read, only their images for presentation";

struct ClassRow {
  std::string_view prefix, code, sentence;
};
// The longest matching prefix wins; rows are ordered so that the first match is the longest.
constexpr ClassRow class_rows[] = {
    {"1.2.840.10008.5.1.4.1.1.1.1.1", "for_processing", for_processing_sentence},
    {"1.2.840.10008.5.1.4.1.1.1.2.1", "for_processing", for_processing_sentence},
    {"1.2.840.10008.5.1.4.1.1.1.3.1", "for_processing", for_processing_sentence},
    {"1.2.840.10008.5.1.4.1.1.13.1.5", "for_processing", for_processing_sentence},
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
    {"MOSAIC", "mosaic", "pictures tiled from many slices are not read; send them as single or enhanced images"},
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
    return Refusal{"for_processing", std::string(for_processing_sentence), true};
  }
  return std::nullopt;
}

bool is_grey(const InstanceFacts& facts) {
  return facts.samples == 1 && (facts.photometric == "MONOCHROME1" || facts.photometric == "MONOCHROME2");
}

// PS3.3 C.7.6.3, before anything is decoded.
std::optional<Refusal> refusal_by_pixels(const InstanceFacts& facts, Use use) {
  if (!facts.has_pixels) return Refusal{"no_pixels", "the object has no pixel data"};
  const bool known = std::find(std::begin(picture_photometrics), std::end(picture_photometrics), facts.photometric) !=
                     std::end(picture_photometrics);
  if (!known || (facts.samples != 1 && facts.samples != 3) || (use == Use::slice && !is_grey(facts))) {
    return Refusal{"colour_image", "the image's colours (" + facts.photometric + ", " + std::to_string(facts.samples) +
                                       " samples) are none that can be shown as " +
                                       (use == Use::slice ? "a slice" : "a picture")};
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
  if (facts.frames < 1 || facts.frames > frames_max) {
    return Refusal{"image_too_large", "the image has " + std::to_string(facts.frames) + " frames; 1 to " +
                                          std::to_string(frames_max) + " can be read"};
  }
  return std::nullopt;
}

bool is_too_long(const PatientIdentity& identity) {
  const std::string* texts[] = {&identity.patient_id, &identity.issuer, &identity.birth_date, &identity.sex, &identity.name};
  return std::any_of(std::begin(texts), std::end(texts), [](const std::string* text) { return text->size() > identity_text_bytes_max; });
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
  if (role != SopRole::ignored && is_too_long(facts.identity)) {
    return refused({"broken", "the patient's ID or name is longer than any can be; correct it at its source and send it again"});
  }
  if (role == SopRole::report) return {Use::report, {}};
  if (role == SopRole::ignored) return refused(refusal_of_class(facts.sop_class_uid));
  if (auto refusal = refusal_by_type(facts)) return refused(*refusal);
  const bool tomogram = is_scintigraphy(facts) && is_tomogram(facts);
  const Use use = holds(slice_classes, facts.sop_class_uid) || tomogram ? Use::slice
                  : holds(picture_classes, facts.sop_class_uid)         ? Use::picture
                                                                        : Use::none;
  if (use == Use::none) return refused(refusal_of_class(facts.sop_class_uid));
  if (auto refusal = refusal_by_pixels(facts, use)) return refused(*refusal);
  if (facts.modality == "US" && facts.burned_in_text && !facts.region) {
    return refused({"burned_in_text",
                    "the ultrasound picture has text burned in (perhaps the patient's name) and does not say where its "
                    "picture ends",
                    true});
  }
  return {use, {}};
}

std::optional<Refusal> judge_slice(const InstanceFacts& frame) {
  if (auto refusal = refusal_by_type(frame)) return refusal;
  if (frame.orientation && frame.position_mm && frame.spacing_mm) return std::nullopt;
  return Refusal{"no_geometry",
                 "the slice does not say where in the patient it lies (image position, orientation or "
                 "pixel spacing is missing or impossible)",
                 false};
}

int picture_frame(const InstanceFacts& facts) {
  return is_scintigraphy(facts) ? 0 : facts.frames / 2;
}

}  // namespace radfm::imaging
