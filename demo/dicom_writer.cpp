// SPDX-License-Identifier: Apache-2.0
#include "demo/dicom_writer.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcuid.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

#include "core/digest.h"
#include "core/dicom_time.h"

namespace radfm::demo {
namespace {

constexpr std::size_t chunk_bytes = 64u << 10;

// Puts values and remembers whether one was refused.
class Writer {
 public:
  explicit Writer(DcmItem& item) : item_(item) {}
  void put(const DcmTagKey& tag, const std::string& value) {
    keep(item_.putAndInsertString(tag, value.data(), static_cast<Uint32>(value.size())));
  }
  void put(const DcmTagKey& tag, int value) { keep(item_.putAndInsertUint16(tag, static_cast<Uint16>(value))); }
  void empty(const DcmTagKey& tag) { keep(item_.insertEmptyElement(tag)); }
  void pixels(const std::vector<Uint16>& values) {
    keep(item_.putAndInsertUint16Array(DCM_PixelData, values.data(), values.size()));
  }
  template <std::size_t n>
  void numbers(const DcmTagKey& tag, const std::array<double, n>& values) {
    std::string joined;
    for (const double value : values) joined += (joined.empty() ? "" : "\\") + decimal(value);
    put(tag, joined);
  }
  void number(const DcmTagKey& tag, double value) { put(tag, decimal(value)); }
  const OFCondition& result() const { return result_; }

 private:
  // At most 16 characters (DS).
  static std::string decimal(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.8g", value == 0 ? 0.0 : value);
    return text;
  }
  void keep(const OFCondition& condition) {
    if (result_.good()) result_ = condition;
  }
  DcmItem& item_;
  OFCondition result_ = EC_Normal;
};

const char* sop_class(Modality modality) {
  switch (modality) {
    case Modality::cr: return UID_ComputedRadiographyImageStorage;
    case Modality::ct: return UID_CTImageStorage;
    case Modality::mr: return UID_MRImageStorage;
  }
  broken_invariant("a modality outside its enumeration");
}

std::string age_at(const std::string& birth_date, const std::string& study_date) {
  const auto birth = parse_da(birth_date), at = parse_da(study_date);
  if (!birth || !at || *at < *birth) return {};
  char text[16];
  std::snprintf(text, sizeof text, "%03dY", std::clamp(age_years(*birth, *at), 0, 999));
  return text;
}

}  // namespace

bool put_patient_and_study(const Patient& patient, const Study& study, DcmItem& dataset) {
  Writer out(dataset);
  if (!patient.character_set.empty()) out.put(DCM_SpecificCharacterSet, patient.character_set);
  out.put(DCM_PatientName, patient.name);
  out.put(DCM_PatientID, patient.id);
  if (!patient.issuer.empty()) out.put(DCM_IssuerOfPatientID, patient.issuer);
  out.put(DCM_PatientBirthDate, patient.birth_date);
  out.put(DCM_PatientSex, patient.sex);
  const std::string age = age_at(patient.birth_date, study.date);
  if (!age.empty()) out.put(DCM_PatientAge, age);
  out.put(DCM_StudyInstanceUID, study.uid);
  out.put(DCM_StudyDate, study.date);
  out.put(DCM_StudyTime, study.time);
  out.put(DCM_AccessionNumber, study.accession_number);
  out.put(DCM_StudyID, study.id);
  out.put(DCM_ReferringPhysicianName, study.referring_physician);
  if (!study.description.empty()) out.put(DCM_StudyDescription, study.description);
  return out.result().good();
}

namespace {

void write_series_and_equipment(const Study& study, const Series& series, Writer& out) {
  constexpr std::array names = {"CR", "CT", "MR"};
  out.put(DCM_Modality, names[static_cast<std::size_t>(series.modality)]);
  out.put(DCM_SeriesInstanceUID, series.uid);
  out.put(DCM_SeriesNumber, std::to_string(series.number));
  out.put(DCM_SeriesDate, study.date);
  out.put(DCM_SeriesTime, study.time);
  if (!series.description.empty()) out.put(DCM_SeriesDescription, series.description);
  out.put(DCM_BodyPartExamined, series.body_part);
  out.put(DCM_Manufacturer, "radfm-node phantom generator");
  out.put(DCM_ManufacturerModelName, "phantom");
  out.put(DCM_InstitutionName, "Phantom Hospital");
  out.put(DCM_StationName, "PHANTOM");
}

void write_pixels(const Series& series, const Image& image, Writer& out) {
  const bool is_signed = series.modality == Modality::ct;
  const int low = is_signed ? -32768 : 0, high = is_signed ? 32767 : 4095;
  out.put(DCM_SamplesPerPixel, 1);
  out.put(DCM_PhotometricInterpretation, "MONOCHROME2");
  out.put(DCM_Rows, image.rows);
  out.put(DCM_Columns, image.columns);
  out.put(DCM_BitsAllocated, 16);
  out.put(DCM_BitsStored, is_signed ? 16 : 12);
  out.put(DCM_HighBit, is_signed ? 15 : 11);
  out.put(DCM_PixelRepresentation, is_signed ? 1 : 0);
  std::vector<Uint16> values;
  values.reserve(static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.columns));
  for (int row = 0; row < image.rows; ++row) {
    for (int column = 0; column < image.columns; ++column) {
      const int value = image.pixel ? image.pixel(column, row) : 0;
      values.push_back(static_cast<Uint16>(std::clamp(value, low, high)));
    }
  }
  out.pixels(values);
}

void write_general_image(const Study& study, const Image& image, Writer& out) {
  out.put(DCM_InstanceNumber, std::to_string(image.number));
  out.put(DCM_AcquisitionDate, study.date);
  out.put(DCM_AcquisitionTime, study.time);
  out.put(DCM_ContentDate, study.date);
  out.put(DCM_ContentTime, study.time);
  out.put(DCM_LossyImageCompression, "00");
  out.number(DCM_WindowCenter, image.window_centre);
  out.number(DCM_WindowWidth, image.window_width);
}

// PS3.3 A.2: rows go to the feet and columns to the patient's left, as a posterior-anterior chest is hung.
void write_cr(const Image& image, Writer& out) {
  out.put(DCM_ImageType, "ORIGINAL\\PRIMARY");
  out.put(DCM_ViewPosition, "PA");
  out.put(DCM_PatientOrientation, "L\\F");
  out.numbers(DCM_ImagerPixelSpacing, image.spacing_mm);
  out.put(DCM_BurnedInAnnotation, "NO");
}

// Frame of Reference and Image Plane (PS3.3 C.7.4.1, C.7.6.2)
void write_plane(const Series& series, const Image& image, Writer& out) {
  const std::string& frame = series.frame_of_reference_uid;
  out.put(DCM_FrameOfReferenceUID, frame.empty() ? uid_from_name("frame of reference|" + series.uid) : frame);
  out.empty(DCM_PositionReferenceIndicator);
  out.put(DCM_PatientPosition, "HFS");
  out.numbers(DCM_ImagePositionPatient, image.position_mm);
  out.numbers(DCM_ImageOrientationPatient, image.orientation);
  out.numbers(DCM_PixelSpacing, image.spacing_mm);
  out.number(DCM_SliceThickness, image.slice_thickness_mm);
  out.put(DCM_AcquisitionNumber, "1");
}

void write_ct(Writer& out) {
  out.put(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL");
  out.put(DCM_RescaleSlope, "1");
  out.put(DCM_RescaleIntercept, "0");
  out.put(DCM_RescaleType, "HU");
  out.put(DCM_KVP, "120");
}

void write_mr(Writer& out) {
  out.put(DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
  out.put(DCM_ScanningSequence, "SE");
  out.put(DCM_SequenceVariant, "NONE");
  out.empty(DCM_ScanOptions);
  out.put(DCM_MRAcquisitionType, "2D");
  out.put(DCM_RepetitionTime, "500");
  out.put(DCM_EchoTime, "15");
  out.put(DCM_EchoTrainLength, "1");
}

Result<std::vector<std::uint8_t>> file_bytes(DcmFileFormat& file) {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> chunk(chunk_bytes);
  DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
  OFCondition condition;
  file.transferInit();
  do {
    condition = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr);
    void* written = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(written, length);
    const auto* first = static_cast<const std::uint8_t*>(written);
    bytes.insert(bytes.end(), first, first + length);
  } while (condition == EC_StreamNotifyClient);
  file.transferEnd();
  if (condition.bad()) {
    return permanent_error("not_written", std::string("DCMTK cannot write the object: ") + condition.text());
  }
  return bytes;
}

}  // namespace

Result<std::vector<std::uint8_t>> write_instance(const Patient& patient, const Study& study, const Series& series,
                                                 const Image& image) {
  DcmFileFormat file;
  DcmItem& dataset = *file.getDataset();
  Writer out(dataset);
  out.put(DCM_SOPClassUID, sop_class(series.modality));
  out.put(DCM_SOPInstanceUID, image.sop_instance_uid);
  const bool identified = put_patient_and_study(patient, study, dataset);
  write_series_and_equipment(study, series, out);
  write_general_image(study, image, out);
  if (series.modality == Modality::cr) write_cr(image, out);
  if (series.modality != Modality::cr) write_plane(series, image, out);
  if (series.modality == Modality::ct) write_ct(out);
  if (series.modality == Modality::mr) write_mr(out);
  write_pixels(series, image, out);
  if (!identified || out.result().bad()) {
    return permanent_error("not_written", std::string("DCMTK refuses a value of the object: ") +
                                              (identified ? out.result().text() : "one of the patient or the study"));
  }
  if (image.finish) image.finish(dataset);
  return file_bytes(file);
}

Status save_instance(const std::filesystem::path& path, const Patient& patient, const Study& study,
                     const Series& series, const Image& image) {
  auto bytes = write_instance(patient, study, series, image);
  if (!bytes) return bytes.error();
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
  out.close();
  if (!out) return transient_error("file_not_written", "cannot write " + path.string() + ": is the folder there, the disk full?");
  return {};
}

}  // namespace radfm::demo
