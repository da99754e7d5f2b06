// SPDX-License-Identifier: Apache-2.0
// PS3.4 B.5 and PS3.6 A: the storage classes of the standard, with the role that each has for this node.
#include "core/sop_class.h"

#include <algorithm>
#include <iterator>

namespace radfm {
namespace {

struct Entry {
  std::string_view suffix;  // after "1.2.840.10008.5.1.4.1.1."
  SopRole role;
  std::string_view name;
};

constexpr std::string_view storage_root = "1.2.840.10008.5.1.4.1.1.";
constexpr auto radiograph = SopRole::radiograph;
constexpr auto slice = SopRole::slice;
constexpr auto other = SopRole::other_image;
constexpr auto report = SopRole::report;
constexpr auto ignored = SopRole::ignored;

constexpr Entry entries[] = {
    // Projection images
    {"1", radiograph, "Computed Radiography Image Storage"},
    {"1.1", radiograph, "Digital X-Ray Image Storage - For Presentation"},
    {"1.1.1", radiograph, "Digital X-Ray Image Storage - For Processing"},
    {"1.2", radiograph, "Digital Mammography X-Ray Image Storage - For Presentation"},
    {"1.2.1", radiograph, "Digital Mammography X-Ray Image Storage - For Processing"},
    {"1.3", other, "Digital Intra-Oral X-Ray Image Storage - For Presentation"},
    {"1.3.1", other, "Digital Intra-Oral X-Ray Image Storage - For Processing"},
    // Images with a place in the patient
    {"2", slice, "CT Image Storage"},
    {"4", slice, "MR Image Storage"},
    {"20", slice, "Nuclear Medicine Image Storage"},
    {"128", slice, "Positron Emission Tomography Image Storage"},
    // Other images
    {"2.1", other, "Enhanced CT Image Storage"},
    {"2.2", other, "Legacy Converted Enhanced CT Image Storage"},
    {"3", other, "Ultrasound Multi-frame Image Storage (Retired)"},
    {"3.1", other, "Ultrasound Multi-frame Image Storage"},
    {"4.1", other, "Enhanced MR Image Storage"},
    {"4.3", other, "Enhanced MR Color Image Storage"},
    {"4.4", other, "Legacy Converted Enhanced MR Image Storage"},
    {"5", other, "Nuclear Medicine Image Storage (Retired)"},
    {"6", other, "Ultrasound Image Storage (Retired)"},
    {"6.1", other, "Ultrasound Image Storage"},
    {"6.2", other, "Enhanced US Volume Storage"},
    {"12.1", other, "X-Ray Angiographic Image Storage"},
    {"12.1.1", other, "Enhanced XA Image Storage"},
    {"12.2", other, "X-Ray Radiofluoroscopic Image Storage"},
    {"12.2.1", other, "Enhanced XRF Image Storage"},
    {"12.3", other, "X-Ray Angiographic Bi-Plane Image Storage (Retired)"},
    {"13.1.1", other, "X-Ray 3D Angiographic Image Storage"},
    {"13.1.2", other, "X-Ray 3D Craniofacial Image Storage"},
    {"13.1.3", other, "Breast Tomosynthesis Image Storage"},
    {"13.1.4", other, "Breast Projection X-Ray Image Storage - For Presentation"},
    {"13.1.5", other, "Breast Projection X-Ray Image Storage - For Processing"},
    {"14.1", other, "Intravascular Optical Coherence Tomography Image Storage - For Presentation"},
    {"14.2", other, "Intravascular Optical Coherence Tomography Image Storage - For Processing"},
    {"128.1", other, "Legacy Converted Enhanced PET Image Storage"},
    {"130", other, "Enhanced PET Image Storage"},
    {"481.1", ignored, "RT Image Storage"},
    // Reports
    {"88.11", report, "Basic Text SR Storage"},
    {"88.22", report, "Enhanced SR Storage"},
    {"88.33", report, "Comprehensive SR Storage"},
    {"88.34", report, "Comprehensive 3D SR Storage"},
    {"104.1", report, "Encapsulated PDF Storage"},
    {"104.2", report, "Encapsulated CDA Storage"},
    // Structured documents that are no diagnostic report
    {"88.35", ignored, "Extensible SR Storage"},
    {"88.40", ignored, "Procedure Log Storage"},
    {"88.50", ignored, "Mammography CAD SR Storage"},
    {"88.59", ignored, "Key Object Selection Document Storage"},
    {"88.65", ignored, "Chest CAD SR Storage"},
    {"88.67", ignored, "X-Ray Radiation Dose SR Storage"},
    {"88.68", ignored, "Radiopharmaceutical Radiation Dose SR Storage"},
    {"88.69", ignored, "Colon CAD SR Storage"},
    {"88.70", ignored, "Implantation Plan SR Storage"},
    {"88.71", ignored, "Acquisition Context SR Storage"},
    {"88.72", ignored, "Simplified Adult Echo SR Storage"},
    {"88.73", ignored, "Patient Radiation Dose SR Storage"},
    {"88.74", ignored, "Planned Imaging Agent Administration SR Storage"},
    {"88.75", ignored, "Performed Imaging Agent Administration SR Storage"},
    {"88.76", ignored, "Enhanced X-Ray Radiation Dose SR Storage"},
    {"104.3", ignored, "Encapsulated STL Storage"},
    {"104.4", ignored, "Encapsulated OBJ Storage"},
    {"104.5", ignored, "Encapsulated MTL Storage"},
    // Derived or copied pictures
    {"7", ignored, "Secondary Capture Image Storage"},
    {"7.1", ignored, "Multi-frame Single Bit Secondary Capture Image Storage"},
    {"7.2", ignored, "Multi-frame Grayscale Byte Secondary Capture Image Storage"},
    {"7.3", ignored, "Multi-frame Grayscale Word Secondary Capture Image Storage"},
    {"7.4", ignored, "Multi-frame True Color Secondary Capture Image Storage"},
    {"30", ignored, "Parametric Map Storage"},
    {"66.4", ignored, "Segmentation Storage"},
    {"66.5", ignored, "Surface Segmentation Storage"},
    {"66.6", ignored, "Tractography Results Storage"},
    {"66.7", ignored, "Label Map Segmentation Storage"},
    {"66.8", ignored, "Height Map Segmentation Storage"},
    // Visible light is not radiology
    {"77.1.1", ignored, "VL Endoscopic Image Storage"},
    {"77.1.1.1", ignored, "Video Endoscopic Image Storage"},
    {"77.1.2", ignored, "VL Microscopic Image Storage"},
    {"77.1.2.1", ignored, "Video Microscopic Image Storage"},
    {"77.1.3", ignored, "VL Slide-Coordinates Microscopic Image Storage"},
    {"77.1.4", ignored, "VL Photographic Image Storage"},
    {"77.1.4.1", ignored, "Video Photographic Image Storage"},
    {"77.1.5.1", ignored, "Ophthalmic Photography 8 Bit Image Storage"},
    {"77.1.5.2", ignored, "Ophthalmic Photography 16 Bit Image Storage"},
    {"77.1.5.4", ignored, "Ophthalmic Tomography Image Storage"},
    {"77.1.6", ignored, "VL Whole Slide Microscopy Image Storage"},
    {"77.1.7", ignored, "Dermoscopic Photography Image Storage"},
    // Presentation, registration, raw data
    {"11.1", ignored, "Grayscale Softcopy Presentation State Storage"},
    {"11.2", ignored, "Color Softcopy Presentation State Storage"},
    {"11.3", ignored, "Pseudo-Color Softcopy Presentation State Storage"},
    {"11.4", ignored, "Blending Softcopy Presentation State Storage"},
    {"11.5", ignored, "XA/XRF Grayscale Softcopy Presentation State Storage"},
    {"11.6", ignored, "Grayscale Planar MPR Volumetric Presentation State Storage"},
    {"11.7", ignored, "Compositing Planar MPR Volumetric Presentation State Storage"},
    {"11.8", ignored, "Advanced Blending Presentation State Storage"},
    {"11.9", ignored, "Volume Rendering Volumetric Presentation State Storage"},
    {"4.2", ignored, "MR Spectroscopy Storage"},
    {"66", ignored, "Raw Data Storage"},
    {"66.1", ignored, "Spatial Registration Storage"},
    {"66.2", ignored, "Spatial Fiducials Storage"},
    {"66.3", ignored, "Deformable Spatial Registration Storage"},
    {"67", ignored, "Real World Value Mapping Storage"},
    {"131", ignored, "Basic Structured Display Storage"},
    // Waveforms
    {"9.1.1", ignored, "12-lead ECG Waveform Storage"},
    {"9.1.2", ignored, "General ECG Waveform Storage"},
    {"9.1.3", ignored, "Ambulatory ECG Waveform Storage"},
    {"9.2.1", ignored, "Hemodynamic Waveform Storage"},
    {"9.3.1", ignored, "Cardiac Electrophysiology Waveform Storage"},
    {"9.4.1", ignored, "Basic Voice Audio Waveform Storage"},
    {"9.4.2", ignored, "General Audio Waveform Storage"},
    {"9.5.1", ignored, "Arterial Pulse Waveform Storage"},
    {"9.6.1", ignored, "Respiratory Waveform Storage"},
    // Radiotherapy
    {"481.2", ignored, "RT Dose Storage"},
    {"481.3", ignored, "RT Structure Set Storage"},
    {"481.4", ignored, "RT Beams Treatment Record Storage"},
    {"481.5", ignored, "RT Plan Storage"},
    {"481.6", ignored, "RT Brachy Treatment Record Storage"},
    {"481.7", ignored, "RT Treatment Summary Record Storage"},
    {"481.8", ignored, "RT Ion Plan Storage"},
    {"481.9", ignored, "RT Ion Beams Treatment Record Storage"},
};

struct SrEntry {
  SrClass sr_class;
  std::string_view name, uid;
};

constexpr SrEntry sr_entries[] = {
    {SrClass::basic_text, "basic_text", basic_text_sr_uid},
    {SrClass::enhanced, "enhanced", "1.2.840.10008.5.1.4.1.1.88.22"},
    {SrClass::comprehensive, "comprehensive", "1.2.840.10008.5.1.4.1.1.88.33"},
    {SrClass::comprehensive_3d, "comprehensive_3d", "1.2.840.10008.5.1.4.1.1.88.34"},
};
static_assert(std::size(sr_entries) == sr_classes.size());

const SrEntry& entry_of(SrClass sr_class) {
  return *std::ranges::find(sr_entries, sr_class, &SrEntry::sr_class);
}

std::optional<SrClass> find_sr(std::string_view SrEntry::*key, std::string_view wanted) {
  const auto* found = std::ranges::find(sr_entries, wanted, key);
  return found == std::end(sr_entries) ? std::nullopt : std::optional(found->sr_class);
}

const Entry* find(std::string_view uid) {
  if (!uid.starts_with(storage_root)) return nullptr;
  const std::string_view suffix = uid.substr(storage_root.size());
  const auto* found = std::find_if(std::begin(entries), std::end(entries),
                                   [&](const Entry& entry) { return entry.suffix == suffix; });
  return found == std::end(entries) ? nullptr : found;
}

}  // namespace

SopRole sop_role(std::string_view sop_class_uid) {
  const Entry* entry = find(sop_class_uid);
  return entry ? entry->role : SopRole::ignored;
}

bool counts_for_digest(std::string_view sop_class_uid) {
  const SopRole role = sop_role(sop_class_uid);
  return role == SopRole::radiograph || role == SopRole::slice || role == SopRole::other_image;
}

std::vector<std::string> sop_classes_of(SopRole role) {
  std::vector<std::string> uids;
  for (const Entry& entry : entries) {
    if (entry.role == role) uids.push_back(std::string(storage_root) + std::string(entry.suffix));
  }
  return uids;
}

std::string_view to_string(SrClass sr_class) { return entry_of(sr_class).name; }
std::optional<SrClass> parse_sr_class(std::string_view name) { return find_sr(&SrEntry::name, name); }
std::string_view sop_class_uid_of(SrClass sr_class) { return entry_of(sr_class).uid; }
std::optional<SrClass> sr_class_of(std::string_view sop_class_uid) { return find_sr(&SrEntry::uid, sop_class_uid); }

std::string_view sop_class_name(std::string_view sop_class_uid) {
  const Entry* entry = find(sop_class_uid);
  return entry ? entry->name : sop_class_uid;
}

}  // namespace radfm
