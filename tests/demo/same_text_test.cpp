// SPDX-License-Identifier: Apache-2.0
// One study, stored in every way that DICOM allows: the same pixels reach the model, and it writes the same text.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/configuration.h"
#include "demo/exercise.h"
#include "demo/phantom_picture.h"
#include "pipeline/draft/draft_pipeline.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/phantom_study.h"

namespace radfm::demo {
namespace {

using imaging::testing::Acquisition;
using imaging::testing::ByteVector;
using imaging::testing::Encoding;
using imaging::testing::phantom_files;
using imaging::testing::phantom_object;
using imaging::testing::Rescale;
using phantom::Modality;

constexpr const char* lossless[] = {
    "1.2.840.10008.1.2",      "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.2",    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"};
constexpr const char* explicit_little = "1.2.840.10008.1.2.1";
constexpr std::uint64_t patient = 11;

struct Way {
  std::string name;
  std::vector<ByteVector> files;
};

phantom::Visit visit_of(Modality modality) {
  for (std::uint64_t seed = patient;; ++seed) {
    phantom::Visit visit = phantom::draw_pair(seed, modality, modality).current;
    if (visit.truth.lesion.kind == phantom::Kind::nodule && visit.voi_window) return visit;
  }
}

// What a model is told beside the pixels.
void put_context(DcmItem& set, const std::string& modality) {
  const std::pair<DcmTagKey, std::string> values[] = {
      {DCM_Modality, modality},          {DCM_PatientID, "P1"},           {DCM_PatientName, "Phantom^Stored"}, {DCM_PatientSex, "F"},
      {DCM_PatientAge, "057Y"},          {DCM_PatientBirthDate, "19690115"}, {DCM_StudyDate, "20260311"},     {DCM_StudyTime, "101500"},
      {DCM_StudyInstanceUID, "1.2.3.4"}, {DCM_BodyPartExamined, "CHEST"}};
  for (const auto& [tag, value] : values) set.putAndInsertString(tag, value.c_str());
}

// A CT: its Hounsfield units, within what 12 bits and a rescale of -1024 hold.
Acquisition ct_acquisition(const phantom::Visit& visit) {
  Acquisition ct;
  const auto stored = std::make_shared<StoredStudy>(draw_stored(visit));
  const double pixel_mm = phantom::field_of_view_mm / stored->matrix, first_mm = (pixel_mm - phantom::field_of_view_mm) / 2;
  ct.first = {first_mm, first_mm, visit.slice_z_mm(0)};
  ct.step = {0, 0, visit.spacing_mm};
  ct.row_mm = ct.column_mm = pixel_mm;
  ct.rows = ct.columns = stored->matrix;
  ct.slices = stored->slices;
  ct.other = [stored](int slice, int row, int column) {
    return std::clamp(stored->values[static_cast<std::size_t>((slice * stored->matrix + row) * stored->matrix + column)], -1024, 3071);
  };
  return ct;
}

std::vector<Way> ct_ways(const phantom::Visit& visit) {
  const Acquisition ct = ct_acquisition(visit);
  Acquisition backwards = imaging::testing::turned_round(ct);
  backwards.other = [ct](int slice, int row, int column) { return ct.other(ct.slices - 1 - slice, row, column); };
  Encoding plain;
  plain.change = [](DcmDataset& set, int) { put_context(set, "CT"); };
  std::vector<Way> ways;
  for (const char* syntax : lossless) {
    Encoding encoding = plain;
    encoding.transfer_syntax_uid = syntax;
    ways.push_back({syntax, phantom_files(ct, encoding)});
  }
  const auto stored_as = [&](const char* name, const imaging::CellBits& bits, std::uint32_t noise, const std::function<Rescale(int)>& rescale) {
    Encoding encoding = plain;
    encoding.bits = bits;
    encoding.noise_above = noise;
    encoding.rescale = rescale;
    ways.push_back({name, phantom_files(ct, encoding)});
  };
  stored_as("12 bits", {16, 12, 11, false}, 0, [](int) { return Rescale{1, -1024}; });
  stored_as("12 bits under an overlay", {16, 12, 11, false}, 0xB66D, [](int) { return Rescale{1, -1024}; });
  stored_as("high bit 15", {16, 12, 15, false}, 0xB66D, [](int) { return Rescale{1, -1024}; });
  stored_as("32 bits", {32, 32, 31, true}, 0, {});
  stored_as("a rescale of each slice", {16, 16, 15, true}, 0, [](int slice) { return Rescale{slice % 2 ? -0.5 : 0.25, 8.0 * slice}; });
  ways.push_back({"feet last", phantom_files(backwards, plain)});
  std::vector<ByteVector> mixed = phantom_files(ct, plain);
  std::ranges::reverse(mixed);
  std::swap(mixed[3], mixed[10]);
  ways.push_back({"files in disorder", mixed});
  ways.push_back({"enhanced", {phantom_object({}, ct, plain)}});
  ways.push_back({"legacy converted", {phantom_object({"1.2.840.10008.5.1.4.1.1.2.2", imaging::testing::shuffled(ct.slices, 7), false, true}, ct, plain)}});
  return ways;
}

ByteVector radiograph_file(const StoredStudy& stored, const std::string& syntax, bool inverted, const imaging::CellBits& bits, std::uint32_t noise) {
  constexpr int white = 4095;
  imaging::testing::Picture picture;
  picture.rows = picture.columns = stored.matrix;
  picture.bits = bits;
  picture.noise_above = noise;
  picture.photometric = inverted ? "MONOCHROME1" : "MONOCHROME2";
  for (const std::int32_t value : stored.values) picture.values.push_back(inverted ? white - value : value);
  DcmDataset set;
  put_context(set, "CR");
  // From 0 to 4095, with the same middle when the values are mirrored.
  const std::string centre = std::to_string(static_cast<int>(radiograph_window_centre));
  const std::pair<DcmTagKey, std::string> values[] = {{DCM_SOPClassUID, imaging::testing::cr_class}, {DCM_SOPInstanceUID, "1.2.3.4.5.1"},
                                                      {DCM_SeriesInstanceUID, "1.2.3.4.5"},          {DCM_InstanceNumber, "1"},
                                                      {DCM_ViewPosition, "PA"},                      {DCM_PatientOrientation, "L\\F"},
                                                      {DCM_WindowCenter, centre},                    {DCM_WindowWidth, "4096"}};
  for (const auto& [tag, value] : values) set.putAndInsertString(tag, value.c_str());
  return file_of(set, picture, syntax);
}

std::vector<Way> radiograph_ways(const phantom::Visit& visit) {
  const StoredStudy stored = draw_stored(visit);
  std::vector<Way> ways;
  for (const char* syntax : lossless) ways.push_back({syntax, {radiograph_file(stored, syntax, false, {16, 12, 11, false}, 0)}});
  ways.push_back({"black is high", {radiograph_file(stored, explicit_little, true, {16, 12, 11, false}, 0)}});
  ways.push_back({"high bit 15", {radiograph_file(stored, explicit_little, false, {16, 12, 15, false}, 0xB66D)}});
  return ways;
}

draft::Prepared prepared_of(const Way& way) {
  imaging::testing::OpenFiles open;
  for (const ByteVector& file : way.files) open.add(file);
  std::vector<imaging::StudyFile> files;
  for (process::FileDescriptor& fd : open.descriptors()) files.push_back({std::move(fd), "file " + std::to_string(files.size())});
  const std::vector<draft::PriorCandidate> none;
  const Configuration configuration;
  draft::PrepareInput input;
  input.files = &files;
  input.priors = &none;
  input.configuration = &configuration;
  input.model.digest = "d";
  input.model.depth_max = 24;
  input.model.context_tokens = 1024;
  input.model.prompt_template = "date";
  auto result = draft::prepare(input, nullptr, -1);
  if (!result || !result->prepared) {
    ADD_FAILURE() << way.name << ": " << (result ? result->skip->why : result.error().message);
    return {};
  }
  return std::move(*result->prepared);
}

std::string text_of(model::EngineClient& engine, const draft::Prepared& prepared) {
  const auto generated = draft::ask_model(engine, prepared, RuleAction{}, Configuration{}, nullptr, -1);
  return generated ? generated->text : generated.error().message;
}

void expect_same(const std::vector<Way>& ways) {
  model::EngineStart start;
  start.program = sibling_program("radfm-engine");
  start.model_directory = "models/phantom";
  start.threads = 1;
  auto engine = model::EngineClient::start(start);
  ASSERT_TRUE(engine.ok()) << engine.error().message;
  std::optional<std::vector<std::uint8_t>> pixels;
  std::string prompt, text;
  for (const Way& way : ways) {
    const draft::Prepared prepared = prepared_of(way);
    ASSERT_EQ(prepared.images.size(), 1u) << way.name;
    const auto& display = prepared.images[0]->display;
    if (!pixels) {
      pixels.emplace(display.begin(), display.end());
      prompt = model::to_json(prepared.prompt).dump();
      text = text_of(*engine, prepared);
      EXPECT_NE(text, "");
      continue;
    }
    EXPECT_TRUE(std::ranges::equal(display, *pixels)) << way.name;
    EXPECT_EQ(model::to_json(prepared.prompt).dump(), prompt) << way.name;
    EXPECT_EQ(text_of(*engine, prepared), text) << way.name;
  }
}

TEST(SameText, OfARadiographInEveryEncoding) {
  // Aim: 14 transfer syntaxes, MONOCHROME1 and cells with an old overlay's bits.
  const std::vector<Way> ways = radiograph_ways(visit_of(Modality::radiograph));
  ASSERT_EQ(ways.size(), 16u);
  expect_same(ways);
}

TEST(SameText, OfACtInEveryEncoding) {
  // Aim: 14 transfer syntaxes, five forms of stored values, three orders, and multi-frame objects of two kinds.
  const std::vector<Way> ways = ct_ways(visit_of(Modality::ct));
  ASSERT_EQ(ways.size(), 23u);
  expect_same(ways);
}

}  // namespace
}  // namespace radfm::demo
