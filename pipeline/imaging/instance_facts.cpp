// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/instance_facts.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "pipeline/imaging/element_text.h"
#include "pipeline/imaging/slice_geometry.h"

namespace radfm::imaging {
namespace {

constexpr double cosine_tolerance =
    1e-2;  // of a length of 1 and of a right angle: writers round to few digits
constexpr double coordinate_mm_max = 1e5;  // a position a hundred metres away is no position
constexpr double spacing_mm_max = 1e3;

void read_geometry(DcmItem& data_set, InstanceFacts& facts) {
  facts.frame_of_reference_uid = text_of(data_set, DCM_FrameOfReferenceUID);
  const auto cosines = numbers_of(data_set, DCM_ImageOrientationPatient);
  if (cosines.size() == 6) {
    const Vector3 row{cosines[0], cosines[1], cosines[2]}, column{cosines[3], cosines[4], cosines[5]};
    const double row_length = std::sqrt(dot(row, row)), column_length = std::sqrt(dot(column, column));
    if (std::abs(row_length - 1) < cosine_tolerance && std::abs(column_length - 1) < cosine_tolerance &&
        std::abs(dot(row, column)) < cosine_tolerance) {
      facts.orientation = {scaled(row, 1 / row_length), scaled(column, 1 / column_length)};
    }
  }
  const auto position = numbers_of(data_set, DCM_ImagePositionPatient);
  const auto usable = [](double mm) { return std::abs(mm) < coordinate_mm_max; };
  if (position.size() == 3 && std::all_of(position.begin(), position.end(), usable)) {
    facts.position_mm = Vector3{position[0], position[1], position[2]};
  }
  const auto spacing = numbers_of(data_set, DCM_PixelSpacing);
  const auto positive = [](double mm) { return mm > 1e-4 && mm < spacing_mm_max; };
  if (spacing.size() == 2 && std::all_of(spacing.begin(), spacing.end(), positive)) {
    facts.spacing_mm = {spacing[0], spacing[1]};
  }
  const double thickness = number_of(data_set, DCM_SliceThickness).value_or(0);
  facts.slice_thickness_mm = positive(thickness) ? thickness : 0;
  facts.gantry_tilt_degrees = number_of(data_set, DCM_GantryDetectorTilt).value_or(0);
}

void read_pixel_facts(DcmItem& data_set, InstanceFacts& facts) {
  facts.rows = integer_of(data_set, DCM_Rows).value_or(0);
  facts.columns = integer_of(data_set, DCM_Columns).value_or(0);
  facts.frames = integer_of(data_set, DCM_NumberOfFrames).value_or(1);
  facts.samples = integer_of(data_set, DCM_SamplesPerPixel).value_or(1);
  facts.photometric = text_of(data_set, DCM_PhotometricInterpretation);
  DcmElement* pixels = nullptr;
  facts.has_pixels = data_set.findAndGetElement(DCM_PixelData, pixels).good() && pixels != nullptr;
  const std::int64_t bytes_each = (integer_of(data_set, DCM_BitsAllocated).value_or(0) + 7) / 8;
  const std::int64_t needed =
      bytes_each * facts.rows * facts.columns * facts.samples * std::max(facts.frames, 1);
  facts.pixels_too_short = facts.has_pixels && facts.photometric.rfind("YBR_FULL_4", 0) != 0 &&
                           pixels->getLengthField() != DCM_UndefinedLength &&
                           pixels->getLengthField() < needed;
  facts.lossy = text_of(data_set, DCM_LossyImageCompression) == "01";
  facts.burned_in_text = upper_case(text_of(data_set, DCM_BurnedInAnnotation)) == "YES";
  const std::string unit = upper_case(text_of(data_set, DCM_RescaleType));
  facts.hounsfield = facts.modality == "CT" && number_of(data_set, DCM_RescaleIntercept).has_value() &&
                     (unit.empty() || unit == "HU");
}

}  // namespace

InstanceFacts read_facts(DcmItem& data_set) {
  InstanceFacts facts;
  facts.sop_instance_uid = text_of(data_set, DCM_SOPInstanceUID);
  facts.sop_class_uid = text_of(data_set, DCM_SOPClassUID);
  facts.series_instance_uid = text_of(data_set, DCM_SeriesInstanceUID);
  facts.study_instance_uid = text_of(data_set, DCM_StudyInstanceUID);
  facts.modality = text_of(data_set, DCM_Modality);
  facts.series_number = text_of(data_set, DCM_SeriesNumber);
  facts.series_description = text_of(data_set, DCM_SeriesDescription);
  facts.study_description = text_of(data_set, DCM_StudyDescription);
  facts.protocol_name = text_of(data_set, DCM_ProtocolName);
  facts.study_date = text_of(data_set, DCM_StudyDate);
  facts.body_part = text_of(data_set, DCM_BodyPartExamined);
  facts.laterality = text_of(data_set, DCM_ImageLaterality);
  if (facts.laterality.empty()) facts.laterality = text_of(data_set, DCM_Laterality);
  facts.view_position = upper_case(text_of(data_set, DCM_ViewPosition));
  facts.presentation_intent = upper_case(text_of(data_set, DCM_PresentationIntentType));
  facts.patient_orientation = texts_of(data_set, DCM_PatientOrientation);
  facts.image_type = texts_of(data_set, DCM_ImageType);
  for (auto& value : facts.image_type) value = upper_case(value);
  facts.instance_number = integer_of(data_set, DCM_InstanceNumber).value_or(0);
  facts.identity = {text_of(data_set, DCM_PatientID), text_of(data_set, DCM_IssuerOfPatientID),
                    text_of(data_set, DCM_PatientBirthDate), text_of(data_set, DCM_PatientSex),
                    text_of(data_set, DCM_PatientName)};
  facts.echo_number = text_of(data_set, DCM_EchoNumbers);
  facts.temporal_position = text_of(data_set, DCM_TemporalPositionIdentifier);
  facts.acquisition_number = text_of(data_set, DCM_AcquisitionNumber);
  facts.kernel = text_of(data_set, DCM_ConvolutionKernel);
  facts.b_value = text_of(data_set, DCM_DiffusionBValue);
  read_geometry(data_set, facts);
  read_pixel_facts(data_set, facts);
  return facts;
}

}  // namespace radfm::imaging
