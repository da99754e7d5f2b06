// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_files.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <algorithm>

#include "core/digest.h"
#include "demo/phantom_picture.h"
#include "demo/phantom_random.h"
#include "pipeline/draft/header_tags.h"

namespace radfm::demo {
namespace {

using phantom::Modality;
using phantom::Visit;

constexpr const char* indications[] = {"cough", "fever", "dyspnoea", "chest pain", "weight loss", "shortness of breath",
                                       "follow-up of a nodule", "nodule in the left lung", "nodule in the right lung",
                                       "pneumonia", "pleural effusion", "enlarged heart", "routine control", "haemoptysis",
                                       "before surgery", "consolidation, follow-up", "suspected pneumothorax"};

std::string decimal_places(int number, int places) {
  std::string text = std::to_string(number);
  return std::string(static_cast<std::size_t>(std::max(0, places - static_cast<int>(text.size()))), '0') + text;
}

std::string date_text(int year, int month, int day) {
  return decimal_places(year, 4) + decimal_places(month, 2) + decimal_places(day, 2);
}

std::string uid(std::uint64_t seed, const std::string& role) {
  return uid_from_name("phantom case|" + std::to_string(seed) + "|" + role);
}

void remove_window(DcmItem& dataset) {
  dataset.findAndDeleteElement(DCM_WindowCenter);
  dataset.findAndDeleteElement(DCM_WindowWidth);
}

// What a study has besides its pixels.
struct Frame {
  PhantomPatient person;
  Study study;
  Series series;
  std::string role;
};

Frame frame_of(std::uint64_t seed, Which which, const Visit& visit) {
  Frame frame;
  frame.person = draw_patient(seed);
  const bool prior = which == Which::prior, ct = visit.truth.modality == Modality::ct;
  frame.role = prior ? "prior" : "current";
  const std::string accession = "PH" + decimal_places(static_cast<int>(seed % 10'000'000), 7) + (prior ? "P" : "C");
  frame.study = {uid(seed, frame.role + "|study"), prior ? frame.person.prior_date : frame.person.current_date,
                 "101500", accession, accession, ct ? "CT chest" : "Chest PA"};
  frame.series.uid = uid(seed, frame.role + "|series");
  frame.series.modality = ct ? demo::Modality::ct : demo::Modality::cr;
  frame.series.description = ct ? "Chest axial" : "Chest PA";
  return frame;
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

}  // namespace

PhantomPatient draw_patient(std::uint64_t seed) {
  phantom::Random random(seed ^ 0x9A71E57ull);
  const auto between = [&](int low, int high) { return low + static_cast<int>(random.unit() * (high - low + 1)); };
  PhantomPatient drawn;
  const int year = between(2019, 2027), month = between(1, 12), day = between(1, 28), months_ago = between(1, 30);
  const int prior_month = 12 * year + month - 1 - months_ago;
  drawn.current_date = date_text(year, month, day);
  drawn.prior_date = date_text(prior_month / 12, prior_month % 12 + 1, between(1, 28));
  const bool told = random.unit() < 0.75;
  const bool woman = random.unit() < 0.5;
  const int age = between(19, 92);
  drawn.patient.name = "Phantom^Case-" + std::to_string(seed);
  drawn.patient.id = "PHANTOM-" + std::to_string(seed);
  drawn.patient.issuer = "RADFM-DEMO";
  drawn.patient.sex = told ? (woman ? "F" : "M") : "";
  drawn.patient.birth_date = told ? date_text(year - age, between(1, 12), between(1, 28)) : "";
  constexpr std::size_t count = std::size(indications);
  const auto choice = static_cast<std::size_t>(random.next() % count);
  if (random.unit() < 0.65) drawn.indication = indications[choice];
  return drawn;
}

AttributeSet header_of(const PhantomPatient& person) {
  namespace tag = draft::tag;
  AttributeSet header;
  const auto put = [&](std::uint32_t name, const char* vr, const std::string& value) {
    if (!value.empty()) header[name] = {vr, value, {}};
  };
  put(tag::study_date, "DA", person.current_date);
  put(tag::patient_id, "LO", person.patient.id);
  put(tag::birth_date, "DA", person.patient.birth_date);
  put(tag::sex, "CS", person.patient.sex);
  put(tag::reason_for_study, "LO", person.indication);
  return header;
}

Status write_phantom_study(const std::filesystem::path& folder, std::uint64_t seed, Which which, const Visit& visit) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return transient_error("file_not_written", "cannot create " + folder.string() + ": " + error.message());
  const Frame frame = frame_of(seed, which, visit);
  const StoredStudy stored = draw_stored(visit);
  for (int slice = 0; slice < stored.slices; ++slice) {
    const Image image = image_of(seed, frame, visit, stored, slice);
    const auto path = folder / (decimal_places(slice + 1, 3) + ".dcm");
    if (auto saved = save_instance(path, frame.person.patient, frame.study, frame.series, image); !saved) return saved;
  }
  return {};
}

}  // namespace radfm::demo
