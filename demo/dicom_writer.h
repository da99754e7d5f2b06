// SPDX-License-Identifier: Apache-2.0
// Small, valid CR, CT and MR objects, written with DCMTK: for the demonstration patient, and for tests that need objects
// with UIDs, identities, pixels and geometry of their own choice. Same arguments, same bytes. Safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

class DcmItem;

namespace radfm::demo {

struct Patient {
  std::string name = "Phantom^Demonstration", id = "RADFM-DEMO-1", issuer = "RADFM-DEMO", birth_date = "19690115",
              sex = "F";
  // Values are written as the bytes they are; empty: ASCII only, no Specific Character Set.
  std::string character_set;
};

struct Study {
  std::string uid, date, time, accession_number, id, description, referring_physician = "Referrer^Phantom";
};

enum class Modality { cr, ct, mr };

struct Series {
  std::string uid;
  Modality modality = Modality::cr;
  int number = 1;
  std::string description, body_part = "CHEST";
  std::string frame_of_reference_uid;  // ct and mr; empty: made from the series UID
};

// One image. CT pixels are Hounsfield units (signed 16 bit, slope 1, intercept 0), MR and CR unsigned 12 bit.
struct Image {
  std::string sop_instance_uid;
  int number = 1;
  int columns = 64, rows = 64;
  std::function<int(int column, int row)> pixel;        // stored values; those out of range are clamped
  std::array<double, 2> spacing_mm = {1.0, 1.0};        // between rows, between columns
  // ct and mr: LPS millimetres of the first pixel; direction cosines of a row, then of a column.
  std::array<double, 3> position_mm = {0, 0, 0};
  std::array<double, 6> orientation = {1, 0, 0, 0, 1, 0};
  double slice_thickness_mm = 1.0;
  double window_centre = 2048, window_width = 4096;
  // The last word before the object is written: tests make it wrong here.
  std::function<void(DcmItem& dataset)> finish;
};

// The attributes of patient and study, of an object of any kind. false: DCMTK refuses a value.
bool put_patient_and_study(const Patient& patient, const Study& study, DcmItem& dataset);

// A DICOM file (explicit VR little endian). permanent "not_written" when DCMTK refuses a value.
Result<std::vector<std::uint8_t>> write_instance(const Patient& patient, const Study& study, const Series& series,
                                                 const Image& image);
// The same into a file; its folder must exist. transient "file_not_written" when the disk refuses.
Status save_instance(const std::filesystem::path& path, const Patient& patient, const Study& study,
                     const Series& series, const Image& image);

}  // namespace radfm::demo
