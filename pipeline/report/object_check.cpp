// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/object_check.h"

#include <dcmtk/dcmdata/dcmetinf.h>

#include <utility>

#include "core/uid.h"
#include "pipeline/report/draft_report.h"
#include "pipeline/report/sections.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_values.h"

namespace radfm::report {
namespace {

// By its number: no source of this room has the word with which somebody could be entered there.
const DcmTagKey verifying_observers(0x0040, 0xA073);

}  // namespace

ObjectCheck::ObjectCheck(DcmFileFormat& file) : meta_(*file.getMetaInfo()), dataset_(*file.getDataset()) {}

void ObjectCheck::demand(bool holds, const char* rule, const std::string& text) {
  if (!holds && mistakes_.size() < sr_mistakes_max) mistakes_.push_back({rule, text});
}

std::string ObjectCheck::value(const DcmTagKey& tag) { return value_of(dataset_, tag); }

void ObjectCheck::names_no_verifier() {
  demand(first_item(dataset_, verifying_observers) == nullptr, "never_verified", "it names a Verifying Observer");
}

void ObjectCheck::check_document(const char* modality) {
  // A destination is offered, and told to commit, what the file's header names.
  demand(value_of(meta_, DCM_MediaStorageSOPClassUID) == value(DCM_SOPClassUID) &&
             value_of(meta_, DCM_MediaStorageSOPInstanceUID) == value(DCM_SOPInstanceUID),
         "document", "the file's header names another object than its data set");
  demand(value(DCM_Modality) == modality, "document", std::string("Modality is not ") + modality);
  for (const auto& [tag, keyword] : {std::pair(DCM_StudyInstanceUID, "Study"), {DCM_SeriesInstanceUID, "Series"}, {DCM_SOPInstanceUID, "SOP"}}) {
    demand(Uid::parse(value(tag)).has_value(), "document", std::string(keyword) + " Instance UID is missing or illegal");
  }
  demand(value(DCM_SpecificCharacterSet) == "ISO_IR 192", "text", "Specific Character Set is not ISO_IR 192");
}

void ObjectCheck::check_manufacturer() {
  demand(value(DCM_Manufacturer) == product_manufacturer && value(DCM_ManufacturerModelName) == product_model_name, "equipment",
         "Manufacturer and model are not those of this product");
  demand(!value(DCM_SoftwareVersions).empty(), "equipment", "Software Versions is empty");
}

void ObjectCheck::names_template(const char* identifier) {
  DcmItem* used = first_item(dataset_, DCM_ContentTemplateSequence);
  demand(used != nullptr && value_of(*used, DCM_TemplateIdentifier) == identifier && value_of(*used, DCM_MappingResource) == "DCMR", "template",
         std::string("the content tree is not of TID ") + identifier);
}

std::string ObjectCheck::check_text(DcmItem& item) {
  OFString text;
  item.findAndGetOFStringArray(DCM_TextValue, text);
  std::string_view bytes(text.data(), text.size());
  if (bytes.ends_with(' ')) bytes.remove_suffix(1);
  demand(!bytes.empty() && legal_text(bytes) == bytes, "text", "a text item is empty or not legal: " + code_meaning(item, DCM_ConceptNameCodeSequence));
  return std::string(bytes);
}

}  // namespace radfm::report
