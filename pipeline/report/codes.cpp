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

std::string language_meaning(std::string_view tag) {
  for (const Language& language : languages) {
    if (tag == language.tag) return language.meaning;
  }
  return std::string(tag);
}

}  // namespace radfm::report
