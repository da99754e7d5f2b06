// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/reader_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "pipeline/imaging/pixel_transfer.h"
#include "tests/support/memory_file.h"

namespace radfm::imaging {
namespace {

using nlohmann::json;
using test::memory_file;

VolumeDescription volume(int width, int height, int depth) {
  VolumeDescription description;
  description.series_instance_uid = "1.2.3";
  description.modality = "CT";
  description.kind = VolumeKind::volume;
  description.width = width;
  description.height = height;
  description.depth = depth;
  description.affine[3] = -12.5;
  description.has_geometry = true;
  description.slice_spacing_mm = 2.5;
  description.sop_instance_uids = {"1.2.3.1", "1.2.3.2"};
  description.frames = {3, 1};
  description.slices_in_study = 64;
  description.choice = "series 2 comes before it by plane (axial before coronal)";
  description.sop_class_uids = {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2"};
  description.notes = {"gap after slice 1"};
  return description;
}

StudyReading reading() {
  StudyReading study;
  study.header[0x00100020] = {"LO", "PAT1", {}};
  study.instances = {{"1.2.3.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.3", "CT", "CHEST", "Thorax"}};
  study.volumes = {volume(4, 3, 2), volume(2, 2, 2)};
  study.left_out = {{"1.2.4", 2, "localizer", "A localizer is no diagnostic image.", true}};
  study.reports = {{"1.2.5", "1.2.840.10008.5.1.4.1.1.88.11", "1.2.5.1", "Radiology Report", "COMPLETE", "VERIFIED", "FINAL",
                    "Maker", "Model", "20240101", "101010", false, "Findings: none."}};
  return study;
}

json script(const std::string& what) { return {{"do", what}, {"reading", to_json(reading())}}; }

Result<StudyReading> read(const json& contents, const ReadOptions& options = {}, std::int64_t timeout_ms = 20'000, int wake = -1,
                          int more_files = 0) {
  std::vector<StudyFile> files;
  files.push_back(memory_file(contents.dump()));
  for (int i = 0; i < more_files; ++i) files.push_back(memory_file("x"));
  return read_study(files, options, {RADFM_FAKE_READER, 2'048, timeout_ms}, wake);
}

Error error_of(const std::string& what, std::int64_t timeout_ms = 20'000) {
  auto answer = read(script(what), {}, timeout_ms);
  return answer ? Error{ErrorClass::permanent, "no_error", ""} : answer.error();
}

TEST(StudyReading, SurvivesJson) {
  // All but the pixels comes back as it went.
  const json once = to_json(reading());
  auto back = study_reading_from_json(once);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), once);
  ReadOptions options;
  options.pixels = false;
  options.values = true;
  options.slices_max = 24;
  options.nesting_max = 7;
  options.imaging.ct_windows = {{"everything", {}, 50, 350}};
  EXPECT_EQ(to_json(read_options_from_json(to_json(options))), to_json(options));
}

TEST(StudyReading, BrokenJsonNeverThrows) {
  // Every field replaced by every wrong type: a value or an error, no exception, and an undecided report is "ours".
  for (const json& wrong : {json(), json(-1), json(1e300), json("x"), json::array({1, "a", nullptr}), json{{"a", 1}}}) {
    for (const char* list : {"instances", "volumes", "left_out", "reports", "disagreements", "header"}) {
      json whole = to_json(reading());
      whole[list] = wrong;
      static_cast<void>(study_reading_from_json(whole));
      if (!whole[list].is_array() || std::string(list) == "disagreements" || std::string(list) == "header") continue;
      const json first = to_json(reading())[list][0];
      for (const auto& [key, value] : first.items()) {
        json one = to_json(reading());
        one[list][0][key] = wrong;
        static_cast<void>(study_reading_from_json(one));
      }
    }
  }
  json unsure = to_json(reading());
  unsure["reports"][0]["ours"] = "no";
  EXPECT_TRUE(study_reading_from_json(unsure)->reports[0].ours);
  EXPECT_EQ(study_reading_from_json(json(7)).error().code, "reader_garbled");
}

TEST(PixelTransfer, SizesAreCheckedWithoutOverflow) {
  // At the limit of samples a block is believed, one past it and where the product overflows it is not.
  EXPECT_EQ(samples_of(volume(1 << 15, 1 << 15, 1)), volume_samples_max);
  EXPECT_EQ(samples_of(volume((1 << 15) + 1, 1 << 15, 1)), std::nullopt);
  EXPECT_EQ(samples_of(volume(2'147'483'647, 2'147'483'647, 2'147'483'647)), std::nullopt);
  EXPECT_EQ(samples_of(volume(0, 4, 4)), std::nullopt);
  EXPECT_EQ(samples_of(volume(4, -4, 4)), std::nullopt);
  EXPECT_TRUE(check_block(volume(4, 3, 2), {24, 0}));
  EXPECT_TRUE(check_block(volume(4, 3, 2), {24, 96}));
  EXPECT_TRUE(check_block(volume(4, 3, 2), {0, 0}));  // not decoded
  for (const BlockSizes sizes : {BlockSizes{23, 0}, BlockSizes{25, 0}, BlockSizes{24, 95}, BlockSizes{24, 97}, BlockSizes{0, 96}}) {
    EXPECT_EQ(check_block(volume(4, 3, 2), sizes).error().code, "reader_garbled");
  }
}

TEST(ReaderClient, AStudyComesWithItsPixels) {
  // Description and pixels of each volume stand beside each other; the file's shared offset is put back for a second read.
  std::vector<StudyFile> files;
  files.push_back(memory_file(script("").dump()));
  for (int round = 0; round < 2; ++round) {
    auto study = read_study(files, {}, {RADFM_FAKE_READER, 2'048, 20'000});
    ASSERT_TRUE(study) << study.error().message;
    ASSERT_EQ(study->pixels.size(), 2u);
    EXPECT_EQ(study->pixels[0].display, std::vector<std::uint8_t>(24, 1));
    EXPECT_EQ(study->pixels[1].display, std::vector<std::uint8_t>(8, 2));
  }
}

TEST(ReaderClient, AReaderThatWaitsIsUsedOnceAndADeadOneNotAtAll) {
  // Started ahead, read with, gone; none left: one is started as ever. One that died while it waited costs the study nothing.
  std::vector<StudyFile> files;
  files.push_back(memory_file(script("").dump()));
  const ReaderLimits limits{RADFM_FAKE_READER, 2'048, 20'000};
  SpareReader spare;
  for (const bool killed : {false, true, false}) {
    spare.start(limits);
    spare.start(limits);  // one waits already
    auto child = spare.take();
    ASSERT_TRUE(child);
    EXPECT_FALSE(spare.take());
    child.reset();
    spare.start(limits);
    if (killed) {
      child = spare.take();
      ASSERT_EQ(::kill(child->pid(), SIGKILL), 0);
      ASSERT_TRUE(child->wait(20'000));
      spare = SpareReader(std::move(*child));
    }
    auto study = read_study(files, {}, limits, -1, &spare);
    ASSERT_TRUE(study) << study.error().message;
    EXPECT_EQ(study->pixels.size(), 2u);
    EXPECT_FALSE(spare.take());
    EXPECT_TRUE(read_study(files, {}, limits, -1, &spare));
  }
}

TEST(ReaderClient, WithoutPixelsNoneAreWaitedFor) {
  // Headers and reports only: what priors are judged by.
  ReadOptions options;
  options.pixels = false;
  auto study = read(script(""), options);
  ASSERT_TRUE(study);
  EXPECT_TRUE(study->pixels.empty());
  EXPECT_EQ(study->reports.size(), 1u);
}

TEST(ReaderClient, ManyFilesAreHandedOver) {
  // More files than the kernel lets be under way at once all arrive.
  auto answer = read(script("count"), {}, 20'000, -1, 800);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "files_801");
}

TEST(ReaderClient, EachDeathHasItsClass) {
  // A crash and an exit count against the study; a kill from outside does not.
  EXPECT_EQ(error_of("crash").code, "reader_crashed");
  EXPECT_EQ(error_of("crash").error_class, ErrorClass::poison);
  EXPECT_EQ(error_of("exit").code, "reader_crashed");
  EXPECT_EQ(error_of("killed").code, "reader_killed");
  EXPECT_EQ(error_of("killed").error_class, ErrorClass::vanished);
}

TEST(ReaderClient, AHangingReaderIsKilledInTime) {
  // Silence is a time-out, poison for the study.
  EXPECT_EQ(error_of("hang", 50).code, "reader_timeout");
  EXPECT_EQ(error_of("hang", 50).error_class, ErrorClass::poison);
  EXPECT_EQ(error_of("close_and_hang").code, "reader_crashed");
}

TEST(ReaderClient, NoMisbehaviourIsBelieved) {
  // Garbage, endless progress, wrong sizes, missing memory, a message of another conversation: poison, never a study.
  for (const char* what : {"garbage", "flood", "alien", "no_reading", "short", "huge", "lie", "no_descriptor"}) {
    const Error error = error_of(what);
    EXPECT_EQ(error.code, "reader_garbled") << what;
    EXPECT_EQ(error.error_class, ErrorClass::poison) << what;
  }
}

TEST(ReaderClient, ItsOwnErrorsKeepTheirCodes) {
  // A refusal of the reader arrives; one that would be retried for ever counts as poison instead.
  const auto refusal = [](const char* error_class, const char* code) {
    return read({{"do", "error"}, {"error", {{"type", "error"}, {"class", error_class}, {"code", code}, {"message", "m"}}}}).error();
  };
  EXPECT_EQ(refusal("permanent", "no_dictionary").code, "no_dictionary");
  EXPECT_EQ(refusal("permanent", "no_dictionary").error_class, ErrorClass::permanent);
  EXPECT_EQ(refusal("transient", "no_memory").error_class, ErrorClass::poison);
  EXPECT_EQ(refusal("transient", "no_shared_memory").error_class, ErrorClass::transient);
}

TEST(ReaderClient, CanBeGivenUp) {
  // A readable wake descriptor ends the wait for a reader that would hang.
  const process::FileDescriptor wake(::eventfd(1, EFD_CLOEXEC));
  auto answer = read(script("hang"), {}, 20'000, wake.get());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "woken");
  EXPECT_EQ(answer.error().error_class, ErrorClass::cancelled);
}

}  // namespace
}  // namespace radfm::imaging
