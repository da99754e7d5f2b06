// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/companion_objects.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcvrobow.h>

#include <map>
#include <memory>

#include "core/sop_class.h"
#include "core/uid.h"
#include "pipeline/report/codes.h"
#include "pipeline/report/evidence.h"
#include "pipeline/report/object_header.h"
#include "pipeline/report/sequence_items.h"
#include "pipeline/report/sr_file.h"

namespace radfm::report {
namespace {

// Below the SR's 9900: viewers sort by number.
constexpr int page_series_base = 9700, pdf_series_base = 9800;

void put(DcmItem& item, const DcmTagKey& tag, const std::string& value) {
  item.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size()));
}

void put(DcmItem& item, const DcmTagKey& tag, int value) { item.putAndInsertUint16(tag, static_cast<Uint16>(value)); }

struct Series {
  const char* modality;
  const char* description;
  int base;
};

void write_series(const DraftContent& content, const CompanionUids& uids, const Series& series, DcmItem& dataset) {
  put(dataset, DCM_Modality, series.modality);
  put(dataset, DCM_SeriesInstanceUID, uids.series_instance_uid);
  put(dataset, DCM_SeriesNumber, std::to_string(series.base + content.revision));
  put(dataset, DCM_SeriesDescription, series.description);
  put(dataset, DCM_ConversionType, "WSD");  // SC Equipment, PS3.3 C.8.6.1: a workstation
  put(dataset, DCM_BurnedInAnnotation, "YES");
}

// SOP Instance Reference Macro, PS3.3 table 10-11.
void refer(DcmItem& dataset, const DcmTagKey& sequence, const std::string& sop_class_uid, const std::string& sop_instance_uid) {
  DcmItem* reference = add_item(dataset, sequence);
  put(*reference, DCM_ReferencedSOPClassUID, sop_class_uid);
  put(*reference, DCM_ReferencedSOPInstanceUID, sop_instance_uid);
}

// Key images that can be referred to and are of this study, as the SR's evidence (evidence.h) has them.
std::vector<EvidenceInstance> key_images(const DraftContent& content) {
  std::vector<EvidenceInstance> images;
  for (const EvidenceInstance& image : content.key_images) {
    if (Uid::parse(image.series_instance_uid) && Uid::parse(image.sop_class_uid) && Uid::parse(image.sop_instance_uid)) {
      images.push_back(image);
    }
  }
  return images;
}

// Common Instance Reference, PS3.3 C.12.2: in which series of this study those are that the sequences above name.
void write_referenced_series(const DraftContent& content, DcmItem& dataset) {
  std::map<std::string, DcmItem*> items;
  const auto add = [&](const std::string& series, const std::string& sop_class, const std::string& instance) {
    DcmItem*& item = items[series];
    if (item == nullptr) {
      item = add_item(dataset, DCM_ReferencedSeriesSequence);
      put(*item, DCM_SeriesInstanceUID, series);
    }
    refer(*item, DCM_ReferencedInstanceSequence, sop_class, instance);
  };
  add(content.series_instance_uid, std::string(sop_class_uid_of(content.sop_class)), content.sop_instance_uid);
  for (const EvidenceInstance& image : key_images(content)) add(image.series_instance_uid, image.sop_class_uid, image.sop_instance_uid);
}

void write_title(DcmItem& dataset) {
  put(dataset, DCM_DocumentTitle, pdf_document_title);
  DcmItem* name = add_item(dataset, DCM_ConceptNameCodeSequence);
  put(*name, DCM_CodeValue, code::diagnostic_imaging_report.value);
  put(*name, DCM_CodingSchemeDesignator, code::diagnostic_imaging_report.scheme);
  put(*name, DCM_CodeMeaning, code::diagnostic_imaging_report.meaning);
}

Status put_bytes(DcmItem& dataset, const DcmTagKey& tag, const std::uint8_t* bytes, std::size_t size) {
  auto element = std::make_unique<DcmOtherByteOtherWord>(DcmTag(tag, EVR_OB));
  if (element->putUint8Array(bytes, static_cast<unsigned long>(size)).bad() || dataset.insert(element.get(), OFTrue).bad()) {
    return permanent_error("report_not_valid", "DCMTK cannot hold the bytes of a companion of the report");
  }
  element.release();
  return {};
}

void require_uids(const DraftContent& content, const CompanionUids& uids) {
  if (!Uid::parse(uids.series_instance_uid) || !Uid::parse(uids.sop_instance_uid) || !Uid::parse(content.sop_instance_uid) ||
      !Uid::parse(content.series_instance_uid) || content.revision < 1) {
    broken_invariant("a companion has UIDs and a draft, fixed by its job");
  }
}

// Image Pixel, SC Image and General Image, PS3.3 C.7.6.3, C.8.6.2, C.7.6.1.
void write_image(const PageOfPixels& page, DcmItem& dataset) {
  put(dataset, DCM_InstanceNumber, std::to_string(page.number));
  put(dataset, DCM_PatientOrientation, "");  // a page has none,
  put(dataset, DCM_ImageLaterality, "U");    // and no side: unpaired
  put(dataset, DCM_ImageType, "DERIVED\\SECONDARY");
  put(dataset, DCM_DerivationDescription,
      "Page " + std::to_string(page.number) + " of " + std::to_string(page.of) + " of the draft report, drawn by software");
  put(dataset, DCM_LossyImageCompression, "00");
  put(dataset, DCM_SamplesPerPixel, 1);
  put(dataset, DCM_PhotometricInterpretation, "MONOCHROME2");
  put(dataset, DCM_Rows, page.height);
  put(dataset, DCM_Columns, page.width);
  put(dataset, DCM_BitsAllocated, 8);
  put(dataset, DCM_BitsStored, 8);
  put(dataset, DCM_HighBit, 7);
  put(dataset, DCM_PixelRepresentation, 0);
  put(dataset, DCM_WindowCenter, "128");
  put(dataset, DCM_WindowWidth, "256");
}

}  // namespace

CompanionUids companion_uids(const JobIdentity& identity, std::string_view role) {
  const std::string series = role.starts_with("page_") ? "page_series" : std::string(role) + "_series";
  return {result_uid(identity, series), result_uid(identity, role)};
}

Result<std::vector<std::uint8_t>> build_encapsulated_pdf(const DraftContent& content, const CompanionUids& uids,
                                                         std::string_view pdf) {
  require_uids(content, uids);
  DcmFileFormat file;
  DcmDataset& dataset = *file.getDataset();
  std::vector<std::string> left_out;  // the SR's record names them
  const auto at = write_object_header(content, encapsulated_pdf_uid, uids.sop_instance_uid, dataset, left_out);
  if (!at) return at.error();
  write_series(content, uids, {"DOC", pdf_series_description, pdf_series_base}, dataset);
  // Encapsulated Document, PS3.3 C.24.2
  put(dataset, DCM_InstanceNumber, std::to_string(content.revision));
  put(dataset, DCM_ContentDate, at->date);
  put(dataset, DCM_ContentTime, at->time);
  put(dataset, DCM_AcquisitionDateTime, "");
  put(dataset, DCM_VerificationFlag, "UNVERIFIED");
  refer(dataset, DCM_SourceInstanceSequence, std::string(sop_class_uid_of(content.sop_class)), content.sop_instance_uid);
  for (const EvidenceInstance& image : key_images(content)) {
    refer(dataset, DCM_SourceInstanceSequence, image.sop_class_uid, image.sop_instance_uid);
  }
  write_predecessors(content, dataset);
  write_title(dataset);
  put(dataset, DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
  dataset.putAndInsertUint32(DCM_EncapsulatedDocumentLength, static_cast<Uint32>(pdf.size()));
  std::vector<std::uint8_t> bytes(pdf.begin(), pdf.end());
  if (bytes.size() % 2 != 0) bytes.push_back(0);
  if (Status held = put_bytes(dataset, DCM_EncapsulatedDocument, bytes.data(), bytes.size()); !held) return held.error();
  return to_file_bytes(file);
}

Result<std::vector<std::uint8_t>> build_secondary_capture(const DraftContent& content, const CompanionUids& uids,
                                                          const PageOfPixels& page) {
  require_uids(content, uids);
  if (page.width <= 0 || page.width > 0xFFFF || page.height <= 0 || page.height > 0xFFFF ||
      page.grey.size() != static_cast<std::size_t>(page.width) * static_cast<std::size_t>(page.height)) {
    broken_invariant("a page has as many pixels as its size says");
  }
  DcmFileFormat file;
  DcmDataset& dataset = *file.getDataset();
  std::vector<std::string> left_out;
  const auto at = write_object_header(content, secondary_capture_uid, uids.sop_instance_uid, dataset, left_out);
  if (!at) return at.error();
  write_series(content, uids, {"OT", page_series_description, page_series_base}, dataset);
  put(dataset, DCM_ContentDate, at->date);
  put(dataset, DCM_ContentTime, at->time);
  put(dataset, DCM_DateOfSecondaryCapture, at->date);
  put(dataset, DCM_TimeOfSecondaryCapture, at->time);
  // General Reference, PS3.3 C.12.4
  refer(dataset, DCM_SourceInstanceSequence, std::string(sop_class_uid_of(content.sop_class)), content.sop_instance_uid);
  for (const EvidenceInstance& image : key_images(content)) {
    refer(dataset, DCM_SourceImageSequence, image.sop_class_uid, image.sop_instance_uid);
  }
  write_referenced_series(content, dataset);
  write_image(page, dataset);
  std::vector<std::uint8_t> padded;
  std::span<const std::uint8_t> bytes = page.grey;
  if (bytes.size() % 2 != 0) {
    padded.assign(bytes.begin(), bytes.end());
    padded.push_back(0);
    bytes = padded;
  }
  if (Status held = put_bytes(dataset, DCM_PixelData, bytes.data(), bytes.size()); !held) return held.error();
  return to_file_bytes(file);
}

}  // namespace radfm::report
