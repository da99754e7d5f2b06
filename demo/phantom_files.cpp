// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include "core/digest.h"
#include "demo/dicom_writer.h"
#include "demo/phantom_picture.h"
#include "demo/phantom_report_file.h"

namespace radfm::demo {
namespace {

using phantom::Modality;
using phantom::Visit;

std::string uid(std::uint64_t seed, const std::string& role) {
  return uid_from_name("phantom case|" + std::to_string(seed) + "|" + role);
}

void remove_window(DcmItem& dataset) {
  dataset.findAndDeleteElement(DCM_WindowCenter);
  dataset.findAndDeleteElement(DCM_WindowWidth);
}

// What a study has besides its pixels.
struct Frame {
  PhantomPerson person;
  Study study;
  Series series;
  std::string role;
};

Frame frame_of(std::uint64_t seed, Which which, const Visit& visit) {
  Frame frame;
  frame.person = draw_person(seed);
  const bool prior = which == Which::prior, ct = visit.truth.modality == Modality::ct;
  frame.role = prior ? "prior" : "current";
  const std::string accession = "PH" + std::to_string(seed % 100'000'000) + (prior ? "P" : "C");
  frame.study = {uid(seed, frame.role + "|study"), prior ? frame.person.prior_date : frame.person.current_date,
                 "101500", accession, accession, ct ? "CT chest" : "Chest PA"};
  frame.series.uid = uid(seed, frame.role + "|series");
  frame.series.modality = ct ? demo::Modality::ct : demo::Modality::cr;
  frame.series.description = ct ? "Chest axial" : "Chest PA";
  return frame;
}

Patient patient_of(const PhantomPerson& person) {
  return {person.name, person.id, person.issuer, person.birth_date, person.sex, ""};
}

Image image_of(std::uint64_t seed, const Frame& frame, const Visit& visit, const StoredStudy& stored, int slice) {
  Image image;
  image.sop_instance_uid = uid(seed, frame.role + "|image|" + std::to_string(slice));
  image.number = slice + 1;
  image.columns = image.rows = stored.matrix;
  const double pixel_mm = phantom::field_of_view_mm / stored.matrix, first_mm = (pixel_mm - phantom::field_of_view_mm) / 2.0;
  image.spacing_mm = {pixel_mm, pixel_mm};
  image.position_mm = {first_mm, first_mm, visit.slice_z_mm(slice)};
  image.slice_thickness_mm = visit.thickness_mm;
  const bool ct = visit.truth.modality == Modality::ct;
  image.window_centre = ct ? -600 : radiograph_window_centre;
  image.window_width = ct ? 1500 : radiograph_window_width;
  image.pixel = [&stored, slice](int column, int row) {
    return stored.values[static_cast<std::size_t>((slice * stored.matrix + row) * stored.matrix + column)];
  };
  const bool no_window = !ct && !visit.voi_window;
  image.finish = [no_window, indication = frame.person.indication](DcmItem& dataset) {
    if (no_window) remove_window(dataset);
    if (!indication.empty()) dataset.putAndInsertString(DCM_RETIRED_ReasonForStudy, indication.c_str());
  };
  return image;
}

Status create_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return transient_error("file_not_written", "cannot create " + folder.string() + ": " + error.message());
  return {};
}

}  // namespace

Status write_phantom_study(const std::filesystem::path& folder, std::uint64_t seed, Which which, const Visit& visit) {
  if (auto created = create_folder(folder); !created) return created;
  const Frame frame = frame_of(seed, which, visit);
  const StoredStudy stored = draw_stored(visit);
  for (int slice = 0; slice < stored.slices; ++slice) {
    const Image image = image_of(seed, frame, visit, stored, slice);
    const auto path = folder / (std::to_string(1001 + slice).substr(1) + ".dcm");
    if (auto saved = save_instance(path, patient_of(frame.person), frame.study, frame.series, image); !saved) return saved;
  }
  return {};
}

Status write_phantom_report(const std::filesystem::path& folder, std::uint64_t seed, const Visit& prior, const std::string& text) {
  if (auto created = create_folder(folder); !created) return created;
  const Frame frame = frame_of(seed, Which::prior, prior);
  return save_report(folder / "report.dcm", patient_of(frame.person), frame.study, text);
}

}  // namespace radfm::demo
