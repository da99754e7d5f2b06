// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/codes.h"

#include <array>

namespace radfm::report {
namespace {

// PS3.16 CID 29: the code value is the modality itself.
constexpr std::array devices = {
    Code{"CR", "DCM", "Computed Radiography"},   Code{"DX", "DCM", "Digital Radiography"},
    Code{"CT", "DCM", "Computed Tomography"},    Code{"MR", "DCM", "Magnetic Resonance"},
    Code{"MG", "DCM", "Mammography"},            Code{"NM", "DCM", "Nuclear Medicine"},
    Code{"PT", "DCM", "Positron emission tomography"}, Code{"RF", "DCM", "Radiofluoroscopy"},
    Code{"US", "DCM", "Ultrasound"},             Code{"XA", "DCM", "X-Ray Angiography"},
};

struct Region {
  std::string_view body_part;
  Code code;
};
constexpr std::array regions = {
    Region{"CHEST", {"51185008", "SCT", "Chest"}},      Region{"THORAX", {"51185008", "SCT", "Chest"}},
    Region{"ABDOMEN", {"818981001", "SCT", "Abdomen"}}, Region{"HEAD", {"69536005", "SCT", "Head"}},
    Region{"NECK", {"45048000", "SCT", "Neck"}},        Region{"PELVIS", {"816092008", "SCT", "Pelvis"}},
    Region{"BRAIN", {"12738006", "SCT", "Brain"}},      Region{"BREAST", {"76752008", "SCT", "Breast"}},
};

struct Language {
  std::string_view tag;
  const char* meaning;
};
constexpr std::array languages = {
    Language{"en-US", "English (US)"}, Language{"en-GB", "English (UK)"}, Language{"de-DE", "German (DE)"},
    Language{"fr-FR", "French (FR)"},  Language{"zh-CN", "Chinese (CN)"}, Language{"es-ES", "Spanish (ES)"},
};

}  // namespace

const Code* acquisition_device_code(std::string_view modality) {
  for (const Code& entry : devices) {
    if (modality == entry.value) return &entry;
  }
  return nullptr;
}

const Code* region_code(std::string_view body_part) {
  for (const Region& region : regions) {
    if (body_part == region.body_part) return &region.code;
  }
  return nullptr;
}

std::vector<UsedCode> used_codes() {
  std::vector<UsedCode> used = {
      {code::diagnostic_imaging_report, "document title, CID 7000"},
      {code::acquisition_device_type, "TID 2000, concept modifier"},
      {code::target_region, "TID 2000, concept modifier"},
      {code::language, "TID 1204; the value is a tag of RFC 5646"},
      {code::observer_type, "TID 1002"},
      {code::device, "TID 1002, value of the observer type: never a person"},
      {code::device_observer_uid, "TID 1004"},
      {code::device_observer_name, "TID 1004"},
      {code::device_observer_manufacturer, "TID 1004"},
      {code::device_observer_model_name, "TID 1004"},
      {code::device_observer_serial_number, "TID 1004"},
      {code::station_ae_title, "TID 1004"},
      {code::procedure_study_instance_uid, "TID 1005, of a prior study"},
      {code::accession_number, "TID 1005, of a prior study"},
      {code::summary, "heading, CID 7001"},
      {code::clinical_information, "heading, CID 7001"},
      {code::current_procedure_descriptions, "heading, CID 7001"},
      {code::prior_procedure_descriptions, "heading, CID 7001"},
      {code::findings, "heading, CID 7001"},
      {code::impressions, "heading, CID 7001"},
      {code::recommendations, "heading, CID 7001"},
      {code::comment, "text under Summary, CID 7002"},
      {code::request, "text, CID 7002"},
      {code::procedure_description, "text, CID 7002"},
      {code::finding, "text, CID 7002"},
      {code::impression, "text, CID 7002"},
      {code::recommendation, "text, CID 7002"},
      {code::baseline, "image reference, CID 7003"},
      {code::best_illustration, "image reference, CID 7003"},
      {code::processing_equipment, "contributing equipment, CID 7005"},
      {code::rejected_for_quality, "title of a rejection note, CID 7010"},
      {code::rejected_for_patient_safety, "title of a rejection note, CID 7010"},
      {code::document_title_modifier, "TID 2010, under the title Rejected for Quality Reasons"},
      {code::other_failure, "value of the modifier, CID 7011"},
      {code::key_object_description, "TID 2010, text"},
  };
  for (const Code& device : devices) used.push_back({device, "acquisition device type, CID 29"});
  for (const Region& region : regions) {  // two names of one region stand side by side
    if (std::string_view(used.back().code.value) != region.code.value) used.push_back({region.code, "target region, CID 4031"});
  }
  return used;
}

std::string language_meaning(std::string_view tag) {
  for (const Language& language : languages) {
    if (tag == language.tag) return language.meaning;
  }
  return std::string(tag);
}

}  // namespace radfm::report
