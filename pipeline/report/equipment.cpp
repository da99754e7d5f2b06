// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/equipment.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"

namespace radfm::report {
namespace {

constexpr std::size_t long_string_bytes_max = 64;  // LO; validators count bytes where PS3.5 counts characters
constexpr std::size_t short_string_bytes_max = 16;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

// Several values of Software Versions: each made legal, empty ones left out.
std::string versions(std::initializer_list<std::string> values) {
  std::string joined;
  for (const std::string& value : values) {
    const std::string legal = legal_string(value, long_string_bytes_max);
    if (legal.empty()) continue;
    if (!joined.empty()) joined += '\\';
    joined += legal;
  }
  return joined;
}

std::string long_string(std::string_view value) { return legal_string(value, long_string_bytes_max); }

void write_model(const DraftContent& content, DcmItem& dataset) {
  DcmItem* model = add_item(dataset, DCM_ContributingEquipmentSequence);
  DcmItem* purpose = add_item(*model, DCM_PurposeOfReferenceCodeSequence);
  put(*purpose, DCM_CodeValue, code::processing_equipment.value);
  put(*purpose, DCM_CodingSchemeDesignator, code::processing_equipment.scheme);
  put(*purpose, DCM_CodeMeaning, code::processing_equipment.meaning);
  put(*model, DCM_Manufacturer, std::string(product_manufacturer));
  put(*model, DCM_ManufacturerModelName, long_string(content.model_name));
  put(*model, DCM_SoftwareVersions, versions({content.model_version, content.model_digest}));
  if (!content.observation_datetime.empty()) put(*model, DCM_ContributionDateTime, content.observation_datetime);
  put(*model, DCM_ContributionDescription, "Wrote the text of findings and impression");
}

}  // namespace

void write_equipment(const DraftContent& content, DcmItem& dataset) {
  put(dataset, DCM_Manufacturer, std::string(product_manufacturer));
  put(dataset, DCM_ManufacturerModelName, std::string(product_model_name));
  put(dataset, DCM_DeviceSerialNumber, long_string(content.device_uid));
  put(dataset, DCM_StationName, legal_string(content.station_name, short_string_bytes_max));
  put(dataset, DCM_SoftwareVersions,
      versions({content.product_version, content.model_name + " " + content.model_version, content.model_digest}));
  write_model(content, dataset);
}

void write_author(const DraftContent& content, DcmItem& dataset) {
  OFString institution;
  dataset.findAndGetOFString(DCM_InstitutionName, institution);
  DcmItem* author = add_item(dataset, DCM_AuthorObserverSequence);
  put(*author, DCM_ObserverType, "DEV");
  put(*author, DCM_InstitutionName, institution.c_str());
  author->insertEmptyElement(DCM_InstitutionCodeSequence);
  put(*author, DCM_Manufacturer, std::string(product_manufacturer));
  put(*author, DCM_ManufacturerModelName, std::string(product_model_name));
  put(*author, DCM_StationName, legal_string(content.station_name, short_string_bytes_max));
  if (Uid::parse(content.device_uid)) put(*author, DCM_DeviceUID, content.device_uid);
}

}  // namespace radfm::report
