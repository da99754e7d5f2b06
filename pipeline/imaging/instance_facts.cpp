// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/instance_facts.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>

#include "pipeline/imaging/element_text.h"
#include "pipeline/imaging/frame_items.h"
#include "pipeline/imaging/slice_geometry.h"
#include "pipeline/imaging/utf8_text.h"

namespace radfm::imaging {
namespace {

constexpr double spacing_mm_max = 1e3;
constexpr std::size_t fact_list_max = 16;  // values of Image Type; it has 4 and private ones behind them

void read_geometry(const FrameItems& items, InstanceFacts& facts) {
  facts.orientation = usable_orientation(items.numbers(DCM_ImageOrientationPatient));
  facts.position_mm = usable_position_mm(items.numbers(DCM_ImagePositionPatient));
  const auto spacing = items.numbers(DCM_PixelSpacing);
  const auto positive = [](double mm) { return mm > 1e-4 && mm < spacing_mm_max; };
  const auto usable = [&](const std::vector<double>& mm) { return mm.size() == 2 && std::all_of(mm.begin(), mm.end(), positive); };
  if (usable(spacing)) facts.spacing_mm = {spacing[0], spacing[1]};
  facts.has_pixel_spacing = facts.spacing_mm.has_value() || usable(items.numbers(DCM_ImagerPixelSpacing));
  const double thickness = items.number(DCM_SliceThickness).value_or(0);
  facts.slice_thickness_mm = positive(thickness) ? thickness : 0;
  facts.gantry_tilt_degrees = items.number(DCM_GantryDetectorTilt).value_or(0);
}

// What differs between stacks at the same positions, under its name in a single-frame image or in a frame's macros.
void read_phase(const FrameItems& items, InstanceFacts& facts) {
  const auto first_of = [&](std::initializer_list<DcmTagKey> tags) {
    for (const DcmTagKey& tag : tags) {
      if (std::string text = items.text(tag); !text.empty()) return text;
    }
    return std::string();
  };
  facts.echo_number = first_of({DCM_EffectiveEchoTime, DCM_EchoNumbers, DCM_EchoTime});
  facts.temporal_position = first_of({DCM_TemporalPositionIndex, DCM_TemporalPositionIdentifier});
  facts.acquisition_number = first_of({DCM_FrameAcquisitionNumber, DCM_AcquisitionNumber});
  facts.kernel = items.text(DCM_ConvolutionKernel);
  facts.b_value = items.text(DCM_DiffusionBValue);
  facts.trigger_time = first_of({DCM_NominalCardiacTriggerDelayTime, DCM_TriggerTime});
  facts.stack_id = items.text(DCM_StackID);
  facts.image_type = items.texts(DCM_FrameType);
  if (facts.image_type.empty()) facts.image_type = items.texts(DCM_ImageType);
  for (auto& value : facts.image_type) value = upper_case(value);
}

void cut_texts(InstanceFacts& facts) {
  for (std::string* text :
       {&facts.sop_instance_uid, &facts.sop_class_uid, &facts.series_instance_uid, &facts.study_instance_uid, &facts.modality,
        &facts.series_number, &facts.series_description, &facts.study_description, &facts.protocol_name, &facts.study_date,
        &facts.body_part, &facts.laterality, &facts.view_position, &facts.presentation_intent, &facts.echo_number,
        &facts.temporal_position, &facts.acquisition_number, &facts.kernel, &facts.b_value, &facts.trigger_time, &facts.stack_id,
        &facts.photometric, &facts.frame_of_reference_uid}) {
    cut_text(*text, fact_text_bytes_max);
  }
  for (std::vector<std::string>* list : {&facts.image_type, &facts.patient_orientation}) {
    list->resize(std::min(list->size(), fact_list_max));
    for (std::string& text : *list) cut_text(text, fact_text_bytes_max);
  }
}

void read_frame_facts(const FrameItems& items, InstanceFacts& facts) {
  read_geometry(items, facts);
  read_phase(items, facts);
  if (DcmItem* region = items.first_of_sequence(DCM_AnatomicRegionSequence)) facts.anatomic_region = text_of(*region, DCM_CodeMeaning);
  facts.laterality = items.text(DCM_FrameLaterality);
  if (facts.laterality.empty()) facts.laterality = items.text(DCM_ImageLaterality);
  if (facts.laterality.empty()) facts.laterality = items.text(DCM_Laterality);
  const std::string unit = upper_case(items.text(DCM_RescaleType));
  facts.hounsfield = facts.modality == "CT" && items.number(DCM_RescaleIntercept).has_value() &&
                     (unit.empty() || unit == "HU");
  cut_texts(facts);
}

// Of all frames. The factors are what the file says, each up to 2^31: no integer holds their product.
double native_bytes(const InstanceFacts& facts, int bits_allocated) {
  const double pixels = double(facts.rows) * facts.columns * facts.samples * std::max(facts.frames, 1);
  return std::ceil(pixels * bits_allocated / 8);
}

void read_pixel_facts(DcmItem& data_set, InstanceFacts& facts) {
  facts.rows = integer_of(data_set, DCM_Rows).value_or(0);
  facts.columns = integer_of(data_set, DCM_Columns).value_or(0);
  facts.frames = integer_of(data_set, DCM_NumberOfFrames).value_or(1);
  facts.samples = integer_of(data_set, DCM_SamplesPerPixel).value_or(1);
  facts.photometric = text_of(data_set, DCM_PhotometricInterpretation);
  DcmElement* pixels = nullptr;
  for (const DcmTagKey& tag : {DCM_PixelData, DCM_FloatPixelData, DCM_DoubleFloatPixelData}) {
    if (!facts.has_pixels) facts.has_pixels = data_set.findAndGetElement(tag, pixels).good() && pixels != nullptr;
  }
  facts.pixels_too_short = facts.has_pixels && facts.photometric.rfind("YBR_FULL_4", 0) != 0 &&
                           pixels->getLengthField() != DCM_UndefinedLength &&
                           pixels->getLengthField() < native_bytes(facts, integer_of(data_set, DCM_BitsAllocated).value_or(0));
  if (facts.modality == "US") facts.region = ultrasound_region(data_set, facts.rows, facts.columns);
  facts.lossy = text_of(data_set, DCM_LossyImageCompression) == "01";
  facts.burned_in_text = upper_case(text_of(data_set, DCM_BurnedInAnnotation)) == "YES";
}

// PS3.3 C.8.4.15: reconstructed scintigraphy. Its frames follow one another along the normal of the detector's first
// orientation, Spacing Between Slices apart (negative: against it); gated ones repeat the stack for each time slot.
std::vector<InstanceFacts> read_tomogram_frames(DcmItem& data_set, const InstanceFacts& facts) {
  DcmItem* detector = nullptr;
  if (data_set.findAndGetSequenceItem(DCM_DetectorInformationSequence, detector, 0).bad()) return {facts};
  InstanceFacts first = facts;
  read_geometry(FrameItems(*detector), first);
  first.spacing_mm = facts.spacing_mm;
  const auto slices = numbers_of(data_set, DCM_SliceVector), slots = numbers_of(data_set, DCM_TimeSlotVector);
  const double spacing_mm = number_of(data_set, DCM_SpacingBetweenSlices).value_or(0);
  const auto frames = static_cast<std::size_t>(facts.frames);
  if (!first.orientation || !first.position_mm || slices.size() != frames || std::abs(spacing_mm) < 1e-4) return {facts};
  const Vector3 normal = cross((*first.orientation)[0], (*first.orientation)[1]);
  std::vector<InstanceFacts> all(frames, first);
  for (std::size_t i = 0; i < frames; ++i) {
    all[i].frame = static_cast<int>(i);
    all[i].position_mm = sum(*first.position_mm, scaled(normal, spacing_mm * (slices[i] - 1)));
    if (slots.size() == frames) all[i].temporal_position = std::to_string(std::llround(slots[i]));
  }
  return all;
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
  facts.view_position = upper_case(text_of(data_set, DCM_ViewPosition));
  facts.presentation_intent = upper_case(text_of(data_set, DCM_PresentationIntentType));
  facts.patient_orientation = texts_of(data_set, DCM_PatientOrientation);
  facts.instance_number = integer_of(data_set, DCM_InstanceNumber).value_or(0);
  facts.identity = {text_of(data_set, DCM_PatientID), text_of(data_set, DCM_IssuerOfPatientID),
                    text_of(data_set, DCM_PatientBirthDate), text_of(data_set, DCM_PatientSex),
                    text_of(data_set, DCM_PatientName)};
  facts.frame_of_reference_uid = text_of(data_set, DCM_FrameOfReferenceUID);
  read_pixel_facts(data_set, facts);
  read_frame_facts(FrameItems(data_set), facts);
  return facts;
}

std::vector<InstanceFacts> read_frames(DcmItem& data_set, const InstanceFacts& facts) {
  const FunctionalGroups groups(data_set);
  if (facts.frames < 1 || facts.frames > frames_max) return {};
  if (!groups.present()) return facts.frames > 1 ? read_tomogram_frames(data_set, facts) : std::vector{facts};
  const auto frames = static_cast<std::size_t>(facts.frames);
  if (groups.frames() != 0 && groups.frames() < frames) return {};
  std::vector<InstanceFacts> all(frames, facts);
  for (std::size_t i = 0; i < frames; ++i) {
    all[i].frame = static_cast<int>(i);
    read_frame_facts(groups.of_frame(i), all[i]);
  }
  return all;
}

}  // namespace radfm::imaging
