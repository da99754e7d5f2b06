// SPDX-License-Identifier: Apache-2.0
// What the reader process found in the files of one study: plain values, no DICOM parser needed to use them.
// Not shared between threads.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/attribute_set.h"
#include "core/imaging_settings.h"
#include "core/patient_identity.h"
#include "core/result.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::imaging {

enum class VolumeKind { radiograph, volume };  // one projection image, or slices with places in the patient

// One thing that the model can be shown. Pixels travel beside it, in shared memory (see PixelBlock).
struct VolumeDescription {
  std::string series_instance_uid;
  std::string modality;            // CR, DX, CT, MR, ...
  std::string series_number, series_description, body_part, laterality, view_position, study_date;
  VolumeKind kind = VolumeKind::radiograph;
  int width = 0, height = 0, depth = 0;   // pixels in display order: [depth][row][column]
  int channels = 1;                       // 1 grey, 3 RGB interleaved
  int slices_in_study = 0;                // of this volume, shown or not; 0 for pictures
  // From (column i, row j, slice k, 1) to LPS millimetres, row major; identity and has_geometry false for radiographs.
  std::array<double, 16> affine{};
  bool has_geometry = false;
  // Of a picture, as it is displayed: what its rows and its columns run towards ("L", "F"); empty when the file does not say.
  std::vector<std::string> patient_orientation;
  double slice_spacing_mm = 0;            // from positions; 0 for one slice
  std::vector<std::string> sop_instance_uids;  // of slice 0, 1, ... (one for a radiograph)
  std::vector<std::string> sop_class_uids;     // beside them
  std::vector<int> frames;                     // beside them, from 1 (PS3.3 C.8.17.3 Referenced Frame Number); empty: all 1
  std::string window;                     // what was applied, for people: "centre 40 width 400", "percentile 1 to 99"
  std::vector<std::string> notes;         // "gap after slice 12", "lossy compression"
  std::string choice;                     // why another series comes first: "series 2 comes before it by plane (...)"
  bool has_pixel_spacing = false;         // the file says how large a pixel is, of a radiograph on the detector
};

// Pixels of one volume. `display` is uint8 [depth][row][column][channels] as shown to the model (windowed), in the shared
// memory into which the reader wrote it and which the engine is handed. `values` is float32 [depth][row][column] modality
// values (HU for CT) before windowing, only when asked for.
struct PixelBlock {
  process::SharedBytes display;
  std::vector<float> values;
};

struct LeftOut {
  std::string series_instance_uid;  // may be empty when the file could not be parsed
  int instances = 0;
  std::string code;    // "localizer", "secondary_capture", "unsupported_transfer_syntax", "broken", "too_nested", ...
  std::string reason;  // a sentence for people, without patient data
  // Policy: the object is no diagnostic image. Otherwise an administrator should know that an image could not be used.
  bool by_policy = false;
};

// A report found among the files (SR, encapsulated PDF or CDA).
struct ReportReading {
  std::string sop_instance_uid, sop_class_uid, series_instance_uid;
  std::string title;                                      // code meaning of the document title
  std::string completion_flag, verification_flag, preliminary_flag;
  std::string manufacturer, model_name, content_date, content_time;
  bool ours = false;                                      // manufacturer and model name of this product
  std::string text;                                       // headings and paragraphs, UTF-8, '\n'
  std::string title_code = {}, title_scheme = {};         // of the document title: "18748-4", "LN"
  std::string verified_at = {};                           // latest Verification DateTime (0040,A030)
  std::vector<std::string> predecessors = {};             // SOP Instance UIDs (0040,A360): what this report replaces
  std::vector<std::string> persons = {};                  // PN values of those whom the document names
  // What a document with a header of its own (CDA) says about its patient; empty fields say nothing.
  PatientIdentity patient = {};
  std::string text_missing = {};                          // why there is no text: a part of a sentence, for people
};

// An encapsulated PDF, handed out of the reader: its text is read by another process (pdf_text.h).
struct ReportDocument {
  std::size_t report = 0;  // index into StudyReading::reports
  std::vector<std::uint8_t> bytes;
};

inline constexpr std::size_t report_documents_max = 8;  // of one study; further ones have no text

struct InstanceReading {
  std::string sop_instance_uid, sop_class_uid, series_instance_uid;
  std::string modality, body_part, series_description;  // what rules ask about, as the file says
  std::string anatomic_region = {};                     // the meaning of the coded one
};

struct StudyReading {
  // Patient, study, patient-study and equipment-free attributes of the first image (else first readable file), as UTF-8.
  AttributeSet header;
  // Set when instances disagree on patient or study identity: "patient_id", "birth_date", "sex", "name", "study_uid".
  std::vector<std::string> disagreements;
  std::vector<InstanceReading> instances;      // all that were parsed
  std::vector<VolumeDescription> volumes;      // best first (what the model is shown comes from the front)
  std::vector<PixelBlock> pixels;              // beside volumes; empty blocks for what was not decoded
  std::vector<LeftOut> left_out;
  std::vector<ReportReading> reports;
  std::vector<ReportDocument> documents;       // only within the reader, and only when asked for
};

// Everything but the pixels and the documents.
nlohmann::json to_json(const StudyReading& reading);
Result<StudyReading> study_reading_from_json(const nlohmann::json& json);

// A series of which the reader is given some slices only: those that choose_slices (slice_stacks.h) takes out of all.
struct ThinnedSeries {
  std::string series_instance_uid;
  int slices = 0;                  // in all
  std::vector<std::string> notes;  // on spacing and tilt, over all of them
};

// How much of a study is read.
struct ReadOptions {
  bool pixels = true;        // false: header, reports and series only
  bool values = false;       // also modality values (inspect --volume)
  bool documents = false;    // also the text of encapsulated PDFs
  int slices_max = 64;       // more slices than that: nearest slices, chosen evenly along the normal
  int nesting_max = 64;      // deeper sequences: the file is left out, code "too_nested"
  ImagingSettings imaging;   // windows and ranges
  // Where only the best is shown: pixels of the first `stacks_max` stacks; where there is no stack, of the first
  // `pictures_max` pictures. 0: of all. What is not decoded has its description and an empty block.
  int stacks_max = 0, pictures_max = 0;
  std::vector<ThinnedSeries> thinned;
};
nlohmann::json to_json(const ReadOptions& options);
ReadOptions read_options_from_json(const nlohmann::json& json);

}  // namespace radfm::imaging
