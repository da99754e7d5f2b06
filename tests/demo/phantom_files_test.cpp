// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "demo/phantom_picture.h"
#include "pipeline/draft/header_tags.h"
#include "pipeline/draft/prompt_builder.h"
#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/read_files.h"
#include "pipeline/model/image_input.h"
#include "tests/support/outside_program.h"

namespace radfm::demo {
namespace {

using phantom::Modality;
using test::run_outside_program;
namespace fs = std::filesystem;

constexpr std::uint64_t seeds = 20;

// What the reader makes of a folder's files.
imaging::StudyReading read_folder(const fs::path& folder) {
  imaging::prepare_decoders();
  std::vector<imaging::InputFile> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back({::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC), entry.path().filename()});
  }
  imaging::ReadOptions options;
  options.slices_max = phantom::ct_case_slices;
  auto reading = imaging::read_files(files, options);
  for (const auto& file : files) ::close(file.fd);
  if (!reading) throw std::runtime_error(reading.error().message);
  return std::move(*reading);
}

// The demonstration model's pictures.
model::ModelConfig small_config() {
  model::ModelConfig config;
  config.vision.image_height = config.vision.image_width = 64;
  config.vision.patch = 8;
  config.vision.frame_patch = 4;
  config.input.depth_max = 24;
  return config;
}

void expect_the_same(const fs::path& folder, const phantom::Visit& visit, std::uint64_t seed) {
  const training::Picture drawn = draw_picture(visit);
  const imaging::StudyReading reading = read_folder(folder);
  ASSERT_EQ(reading.volumes.size(), 1u) << seed;
  const imaging::VolumeDescription& volume = reading.volumes[0];
  EXPECT_EQ(volume.width, drawn.shape.width);
  EXPECT_EQ(volume.depth, drawn.shape.depth);
  const auto& display = reading.pixels[0].display;
  ASSERT_EQ(std::vector<std::uint8_t>(display.begin(), display.end()), drawn.pixels) << seed << " " << volume.window;
  const model::ImageShape shape{volume.width, volume.height, volume.depth, volume.channels};
  const auto from_files = model::prepare_images({{shape, display.data()}}, small_config());
  const auto from_drawing = model::prepare_images({{drawn.shape, drawn.pixels.data()}}, small_config());
  ASSERT_TRUE(from_files.ok() && from_drawing.ok());
  EXPECT_EQ(from_files->values, from_drawing->values);
}

TEST(PhantomFiles, TheModelSeesTheSameFromDicomAsFromTheDrawing) {
  // Aim: 20 seeds, both modalities, with and without a window, blank ones too: read as the node reads, byte for byte the
  // pictures that a model is trained on.
  int without_window = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    for (const Modality modality : {Modality::radiograph, Modality::ct}) {
      test::TemporaryFolder folder;
      const phantom::Pair pair = phantom::draw_pair(seed, modality, modality);
      const phantom::Visit visit = seed % 5 == 0 ? phantom::draw_blank(seed, modality) : pair.current;
      without_window += !visit.voi_window;
      ASSERT_TRUE(write_phantom_study(folder.path() / "current", seed, Which::current, visit).ok());
      ASSERT_TRUE(write_phantom_study(folder.path() / "prior", seed, Which::prior, pair.prior).ok());
      expect_the_same(folder.path() / "current", visit, seed);
      expect_the_same(folder.path() / "prior", pair.prior, seed);
    }
  }
  EXPECT_GT(without_window, 2);
}

TEST(PhantomFiles, TheContextIsThatOfTheHeader) {
  // Aim: age, sex and indication reach the prompt from the files as from the drawn patient; prior and current are of one
  // patient, the prior earlier.
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    test::TemporaryFolder folder;
    const phantom::Pair pair = phantom::draw_pair(seed, Modality::radiograph, Modality::radiograph);
    ASSERT_TRUE(write_phantom_study(folder.path() / "current", seed, Which::current, pair.current).ok());
    ASSERT_TRUE(write_phantom_study(folder.path() / "prior", seed, Which::prior, pair.prior).ok());
    const auto current = read_folder(folder.path() / "current"), prior = read_folder(folder.path() / "prior");
    EXPECT_EQ(draft::clinical_context(current.header), draft::clinical_context(header_of(draw_person(seed)))) << seed;
    EXPECT_EQ(attribute_value(current.header, draft::tag::patient_id), attribute_value(prior.header, draft::tag::patient_id));
    EXPECT_LT(attribute_value(prior.header, draft::tag::study_date), attribute_value(current.header, draft::tag::study_date));
    EXPECT_NE(attribute_value(prior.header, draft::tag::accession_number), attribute_value(current.header, draft::tag::accession_number));
  }
}

TEST(PhantomFiles, AreValidDicom) {
  // Aim: dciodvfy finds no fault in a radiograph and a CT.
  const std::string validator = test::find_outside_program("dciodvfy");
  if (validator.empty()) GTEST_SKIP() << "dciodvfy (dicom3tools) is not installed";
  for (const Modality modality : {Modality::radiograph, Modality::ct}) {
    test::TemporaryFolder folder;
    ASSERT_TRUE(write_phantom_study(folder.path(), 7, Which::current, phantom::draw_pair(7, modality, modality).current).ok());
    const auto run = run_outside_program({validator, "-new", (folder.path() / "001.dcm").string()});
    EXPECT_TRUE(test::lines_starting(run.output, "Error").empty()) << run.output;
  }
}

}  // namespace
}  // namespace radfm::demo
