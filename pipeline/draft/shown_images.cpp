// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/shown_images.h"

#include <algorithm>
#include <cctype>

namespace radfm::draft {

using imaging::VolumeDescription;
using imaging::VolumeKind;
using report::EvidenceInstance;

std::vector<std::size_t> choose_current(const imaging::StudyReading& reading) {
  std::vector<std::size_t> chosen;
  if (reading.volumes.empty()) return chosen;
  const VolumeKind kind = reading.volumes.front().kind;
  const std::size_t most = kind == VolumeKind::volume ? 1 : current_radiographs_max;
  for (std::size_t i = 0; i < reading.volumes.size() && chosen.size() < most; ++i) {
    if (reading.volumes[i].kind == kind) chosen.push_back(i);
  }
  return chosen;
}

model::ImageShape shape_of(const VolumeDescription& volume) {
  return {volume.width, volume.height, volume.depth, volume.channels};
}

std::vector<EvidenceInstance> evidence_of(const VolumeDescription& volume, const std::string& study_instance_uid) {
  std::vector<EvidenceInstance> evidence;
  for (std::size_t i = 0; i < volume.sop_instance_uids.size() && i < volume.sop_class_uids.size(); ++i) {
    EvidenceInstance instance{study_instance_uid, volume.series_instance_uid, volume.sop_class_uids[i],
                              volume.sop_instance_uids[i]};
    if (std::find(evidence.begin(), evidence.end(), instance) == evidence.end()) evidence.push_back(std::move(instance));
  }
  return evidence;
}

std::vector<EvidenceInstance> key_image_of(const VolumeDescription& volume, const std::string& study_instance_uid) {
  const std::vector<EvidenceInstance> all = evidence_of(volume, study_instance_uid);
  if (all.empty()) return {};
  return {all[volume.kind == VolumeKind::volume ? all.size() / 2 : 0]};
}

std::string report_modality(const std::string& modality) {
  for (const char* known : {"CR", "DX", "CT", "MR"}) {
    if (modality == known) return modality;
  }
  return {};
}

std::string target_region(const VolumeDescription& volume) {
  std::string letters = volume.body_part;
  std::transform(letters.begin(), letters.end(), letters.begin(),
                 [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  const bool chest = letters == "CHEST" || letters == "THORAX" || letters == "LUNG" || letters == "LUNGS";
  return chest ? "CHEST" : "";
}

}  // namespace radfm::draft
