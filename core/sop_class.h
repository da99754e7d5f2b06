// SPDX-License-Identifier: Apache-2.0
// What a SOP class is to this node. One table; the digest, the rules and imaging agree through it.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace radfm {

enum class SopRole {
  radiograph,  // CR, DX, MG: single projection images
  slice,       // CT, MR, PT, NM: images with a place in the patient
  other_image, // US, XA, RF, enhanced multi-frame, ...: images that count for the digest; imaging may leave them out
  report,      // SR documents (88.11 to 88.34), encapsulated PDF and CDA: possible prior reports, never images
  ignored,     // secondary capture, presentation state, key objects, SEG, RT, waveform, unknown
};

SopRole sop_role(std::string_view sop_class_uid);
// The images whose SOP Instance UIDs make the study's digest: radiograph, slice and other_image.
bool counts_for_digest(std::string_view sop_class_uid);
// Every class of this role, in the table's order: what is accepted from an archive.
std::vector<std::string> sop_classes_of(SopRole role);
// A name for people ("CT Image Storage"), or the UID itself when it is not known here.
std::string_view sop_class_name(std::string_view sop_class_uid);

// The SR classes that a draft can have (PS3.3 A.35.1, A.35.2, A.35.3, A.35.13). to_string() names them as the
// configuration does (report.sop_class).
enum class SrClass { basic_text, enhanced, comprehensive, comprehensive_3d };
inline constexpr std::array sr_classes = {SrClass::basic_text, SrClass::enhanced, SrClass::comprehensive, SrClass::comprehensive_3d};
std::string_view to_string(SrClass sr_class);
std::optional<SrClass> parse_sr_class(std::string_view name);
std::string_view sop_class_uid_of(SrClass sr_class);
std::optional<SrClass> sr_class_of(std::string_view sop_class_uid);  // nothing: it is none of the four

inline constexpr std::string_view basic_text_sr_uid = "1.2.840.10008.5.1.4.1.1.88.11";
inline constexpr std::string_view encapsulated_pdf_uid = "1.2.840.10008.5.1.4.1.1.104.1";
inline constexpr std::string_view encapsulated_cda_uid = "1.2.840.10008.5.1.4.1.1.104.2";
inline constexpr std::string_view secondary_capture_uid = "1.2.840.10008.5.1.4.1.1.7";
inline constexpr std::string_view key_object_selection_uid = "1.2.840.10008.5.1.4.1.1.88.59";
inline constexpr std::string_view product_manufacturer = "radfm-node project";
inline constexpr std::string_view product_model_name = "radfm-node";

}  // namespace radfm
