// SPDX-License-Identifier: Apache-2.0
// Files of one study, built by a program of bytes (study_program.h), through all of the reader: headers, frames, stacks,
// order, notes, geometry, pixels, grey, and the description over the channel. What comes out is complete, bounded and usable.
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/pixel_transfer.h"
#include "pipeline/imaging/read_files.h"
#include "pipeline/imaging/threads.h"
#include "tests/fuzz/decoder_input.h"
#include "tests/fuzz/study_program.h"

using namespace radfm::imaging;
using radfm::SeriesCriterion;
using radfm::fuzz::must;
using radfm::fuzz::ProgramStudy;

namespace {

// Descriptors of the files, as the worker hands them over.
class OpenStudy {
 public:
  explicit OpenStudy(const std::vector<std::string>& files) {
    for (const std::string& bytes : files) {
      const int fd = ::memfd_create("file", MFD_CLOEXEC);
      must(fd >= 0 && ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "this machine gives no memory file");
      inputs_.push_back({fd, std::to_string(inputs_.size())});
    }
  }
  ~OpenStudy() {
    for (const InputFile& input : inputs_) ::close(input.fd);
  }
  OpenStudy(const OpenStudy&) = delete;
  OpenStudy& operator=(const OpenStudy&) = delete;
  const std::vector<InputFile>& inputs() const { return inputs_; }

 private:
  std::vector<InputFile> inputs_;
};

std::vector<SeriesCriterion> series_order(int which) {
  switch (which) {
    case 1:
      return {};
    case 2:
      return {{"thickness_mm", {}, {"least"}, {"..0.5"}}, {"series_number", {"CT"}, {"least"}, {}}, {"echo", {}, {"*"}, {"1*"}}};
    case 3:
      return {{"image_type", {}, {"ORIGINAL*"}, {}}, {"b_value", {}, {"?"}, {}}, {"temporal_position", {}, {}, {"*"}}, {"modality", {}, {"PT"}, {}}};
    default:
      return radfm::default_series_order();
  }
}

void check_volume(const VolumeDescription& volume) {
  must(std::all_of(volume.affine.begin(), volume.affine.end(), [](double v) { return std::isfinite(v); }), "the affine is finite");
  must(std::isfinite(volume.slice_spacing_mm) && volume.slice_spacing_mm >= 0, "the slice spacing is a length");
  if (!volume.has_geometry) return;
  const auto& a = volume.affine;
  const double determinant = a[0] * (a[5] * a[10] - a[6] * a[9]) - a[1] * (a[4] * a[10] - a[6] * a[8]) + a[2] * (a[4] * a[9] - a[5] * a[8]);
  must(determinant > 0, "a volume is right-handed");
  must(volume.sop_instance_uids.size() == static_cast<std::size_t>(volume.depth), "each slice has an instance");
}

void check_pixels(const StudyReading& reading, const ProgramStudy& study) {
  std::int64_t pixels = 0;
  for (std::size_t i = 0; i < reading.pixels.size(); ++i) {
    const VolumeDescription& volume = reading.volumes[i];
    const PixelBlock& block = reading.pixels[i];
    const bool decoded = !block.display.empty();
    must(decoded || study.best_only, "each volume has its pixels");
    must(check_block(volume, {block.display.size(), block.values.size() * sizeof(float)}).ok(), "the pixels fit their description");
    must(study.values || block.values.empty(), "values were not asked for");
    must(std::all_of(block.values.begin(), block.values.end(), [](float v) { return std::isfinite(v); }), "values are finite");
    if (decoded) pixels += std::int64_t{volume.width} * volume.height * volume.depth;
  }
  must(pixels <= study.pixels_max, "the pixels stay within the limit");
}

// Each file is shown or left out; of files of one frame, and all slices being shown, exactly once.
void check_complete(const StudyReading& reading, const ProgramStudy& study) {
  std::set<std::string> shown;
  std::size_t slices = 0, left_out = 0;
  for (const VolumeDescription& volume : reading.volumes) {
    shown.insert(volume.sop_instance_uids.begin(), volume.sop_instance_uids.end());
    slices += volume.sop_instance_uids.size();
  }
  for (const LeftOut& entry : reading.left_out) {
    must(entry.instances > 0 && !entry.code.empty() && !entry.reason.empty(), "what is left out has a code and a reason");
    left_out += static_cast<std::size_t>(entry.instances);
  }
  if (study.slices_max < static_cast<int>(radfm::fuzz::study_files_max)) return;
  const std::size_t told = shown.size() + left_out + reading.reports.size();
  must(told >= study.files.size(), "no file is forgotten");
  if (!study.frames_everywhere_one) return;
  must(told == study.files.size() && slices == shown.size(), "each file is shown or left out, once");
}

void check_description(const StudyReading& reading) {
  const nlohmann::json json = to_json(reading);
  const auto again = study_reading_from_json(nlohmann::json::parse(json.dump()));
  must(again.ok(), "the client understands the description");
  must(to_json(*again) == json, "the description survives the channel");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prepare_decoders();
  const ProgramStudy study = radfm::fuzz::run_program(data, size);
  ReadOptions options;
  options.pixels = study.pixels;
  options.values = study.values;
  options.slices_max = study.slices_max;
  options.stacks_max = options.pictures_max = study.best_only ? 1 : 0;
  options.imaging.series_order = series_order(study.series_order);
  StudyLimits limits;
  limits.pixels_max = study.pixels_max;
  threads_max = 1;
  const OpenStudy open(study.files);
  const auto reading = read_files(open.inputs(), options, limits);
  must(reading.ok(), "files that cannot be used never fail the study");
  must(reading->pixels.size() == (study.pixels ? reading->volumes.size() : 0), "each volume has its block");
  for (const VolumeDescription& volume : reading->volumes) check_volume(volume);
  check_pixels(*reading, study);
  check_complete(*reading, study);
  check_description(*reading);
  return 0;
}
