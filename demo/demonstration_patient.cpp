// SPDX-License-Identifier: Apache-2.0
#include "demo/demonstration_patient.h"

#include <cmath>
#include <cstdio>

#include "core/digest.h"
#include "demo/dicom_writer.h"
#include "demo/phantom_chest.h"

namespace radfm::demo {
namespace {

constexpr int small_matrix = 64;

std::string uid(std::uint64_t seed, const std::string& role) {
  return uid_from_name("demonstration|" + std::to_string(seed) + "|" + role);
}

Status create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return transient_error("file_not_written", "cannot create " + folder.string() + ": " + error.message());
  return {};
}

// 12 bit, full range.
Image radiograph_image(const std::vector<float>& drawn, int matrix) {
  Image image;
  image.columns = image.rows = matrix;
  image.spacing_mm = {phantom::field_of_view_mm / matrix, phantom::field_of_view_mm / matrix};
  image.pixel = [drawn, matrix](int column, int row) {
    return static_cast<int>(std::lround(drawn[static_cast<std::size_t>(row * matrix + column)] * 4095.0f));
  };
  return image;
}

struct RadiographVisit {
  std::string role, date, time, accession_number;
  double nodule_mm;
};

Status write_radiograph(const std::filesystem::path& folder, std::uint64_t seed, const RadiographVisit& visit) {
  if (auto created = create_folder(folder / visit.role); !created) return created;
  const phantom::Anatomy anatomy = phantom::draw_anatomy(seed);
  const phantom::Finding nodule = phantom::nodule(anatomy, phantom::Side::right, phantom::Zone::lower, visit.nodule_mm);
  phantom::Exposure exposure;
  exposure.noise = 0.003;
  exposure.noise_seed = seed * 1000003 + std::stoull(visit.date);
  const auto drawn = phantom::draw_radiograph(anatomy, nodule, exposure, radiograph_matrix);
  Image image = radiograph_image(drawn, radiograph_matrix);
  image.sop_instance_uid = uid(seed, visit.role + "|image");
  const Study study{uid(seed, visit.role + "|study"), visit.date, visit.time, visit.accession_number, visit.accession_number,
                    "Chest PA"};
  Series series;
  series.uid = uid(seed, visit.role + "|series");
  series.description = "Chest PA";
  return save_instance(folder / visit.role / "1.dcm", Patient{}, study, series, image);
}

Status write_ct(const std::filesystem::path& folder, std::uint64_t seed) {
  if (auto created = create_folder(folder / "ct"); !created) return created;
  const phantom::Anatomy anatomy = phantom::draw_anatomy(seed);
  const phantom::Finding nodule = phantom::nodule(anatomy, phantom::Side::right, phantom::Zone::lower, current_nodule_mm);
  phantom::Exposure exposure;
  exposure.noise_seed = seed;
  exposure.offset = 0;
  const Study study{uid(seed, "ct|study"), "20260318", "141500", "DEMO-0003", "DEMO-0003", "CT chest"};
  Series series;
  series.uid = uid(seed, "ct|series");
  series.modality = Modality::ct;
  series.description = "Chest 10 mm";
  const double pixel_mm = phantom::field_of_view_mm / ct_matrix;
  const double first_mm = (pixel_mm - phantom::field_of_view_mm) / 2.0;  // centre of the first pixel
  for (int slice = 0; slice < ct_slices; ++slice) {
    const double z_mm = (slice - (ct_slices - 1) / 2.0) * ct_spacing_mm;
    const auto drawn = phantom::draw_ct_slice(anatomy, nodule, exposure, ct_matrix, z_mm, ct_spacing_mm);
    Image image;
    image.sop_instance_uid = uid(seed, "ct|image|" + std::to_string(slice));
    image.number = slice + 1;
    image.columns = image.rows = ct_matrix;
    image.spacing_mm = {pixel_mm, pixel_mm};
    image.position_mm = {first_mm, first_mm, z_mm};
    image.slice_thickness_mm = ct_spacing_mm;
    image.window_centre = -600;
    image.window_width = 1500;
    image.pixel = [&drawn](int column, int row) {
      return static_cast<int>(std::lround(drawn[static_cast<std::size_t>(row * ct_matrix + column)]));
    };
    char name[16];
    std::snprintf(name, sizeof name, "%02d.dcm", slice + 1);
    if (auto saved = save_instance(folder / "ct" / name, Patient{}, study, series, image); !saved) return saved;
  }
  return {};
}

}  // namespace

Status write_demonstration_patient(const std::filesystem::path& folder, std::uint64_t seed) {
  const RadiographVisit prior{"prior", "20250304", "093000", "DEMO-0001", prior_nodule_mm};
  const RadiographVisit current{"current", "20260311", "101500", "DEMO-0002", current_nodule_mm};
  if (auto written = write_radiograph(folder, seed, prior); !written) return written;
  if (auto written = write_radiograph(folder, seed, current); !written) return written;
  return write_ct(folder, seed);
}

Status write_small_studies(const std::filesystem::path& folder, std::uint64_t seed, int count) {
  if (auto created = create_folder(folder); !created) return created;
  for (int i = 1; i <= count; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "%05d", i);
    const std::string role = std::string("small|") + number;
    constexpr double sizes_mm[] = {0, 16, 24, 36};
    const std::uint64_t image_seed = seed * 1000003 + static_cast<std::uint64_t>(i);
    const phantom::Anatomy anatomy = phantom::draw_anatomy(image_seed);
    const phantom::Finding nodule = phantom::nodule(anatomy, i % 2 == 0 ? phantom::Side::left : phantom::Side::right,
                                                    static_cast<phantom::Zone>(i % 3), sizes_mm[i % 4]);
    phantom::Exposure exposure;
    exposure.noise_seed = image_seed;
    Image image = radiograph_image(
        phantom::draw_radiograph(anatomy, nodule, exposure, small_matrix), small_matrix);
    image.sop_instance_uid = uid(seed, role + "|image");
    Patient patient;
    patient.name = std::string("Phantom^Storm-") + number;
    patient.id = "STORM-" + std::to_string(seed) + "-" + number;
    const Study study{uid(seed, role + "|study"), "20260311", "101500", std::string("STORM-") + number, number, "Chest PA"};
    Series series;
    series.uid = uid(seed, role + "|series");
    series.description = "Chest PA";
    const auto path = folder / (std::string("study-") + number + ".dcm");
    if (auto saved = save_instance(path, patient, study, series, image); !saved) return saved;
  }
  return {};
}

}  // namespace radfm::demo
