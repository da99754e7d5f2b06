// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>

#include "pipeline/imaging/montage.h"
#include "pipeline/imaging/orientation_letters.h"
#include "pipeline/imaging/reader_client.h"
#include "radfmctl/arguments.h"
#include "radfmctl/command.h"
#include "radfmctl/study_paths.h"
#include "radfmctl/tensor_files.h"

namespace radfm::ctl {
namespace {

constexpr const char* usage_text =
    "usage: radfmctl inspect PATH... [--volume FILE.safetensors] [--model-input FILE.safetensors] [--png FILE]\n"
    "                        [--model DIR] [--config FILE] [--json]\n"
    "What the model would see of these DICOM files, and why the rest is left out. Exit 1 when nothing would be shown.\n"
    "  --volume       modality values before windowing, float32 [D, H, W], and affine to LPS millimetres; all slices,\n"
    "                 where the model sees some\n"
    "  --model-input  the network's input, float32 [S, 3, H, W, D], at the sizes of --model\n"
    "  --png          one picture of all that would be shown, with letters of orientation, series, slices and windows\n";

nlohmann::json volume_json(const imaging::VolumeDescription& volume) {
  nlohmann::json json = {{"series", volume.series_instance_uid},
                         {"modality", volume.modality},
                         {"series_number", volume.series_number},
                         {"series_description", volume.series_description},
                         {"body_part", volume.body_part},
                         {"laterality", volume.laterality},
                         {"view_position", volume.view_position},
                         {"kind", volume.kind == imaging::VolumeKind::radiograph ? "radiograph" : "volume"},
                         {"width", volume.width},
                         {"height", volume.height},
                         {"depth", volume.depth},
                         {"slices_in_study", volume.slices_in_study},
                         {"channels", volume.channels},
                         {"window", volume.window},
                         {"notes", volume.notes},
                         {"choice", volume.choice},
                         {"frames", volume.frames},
                         {"instances", volume.sop_instance_uids}};
  const imaging::EdgeLetters edges = imaging::edge_letters(volume);
  if (!edges.right.empty() || !edges.bottom.empty()) {
    json["edges"] = {{"left", edges.left}, {"right", edges.right}, {"top", edges.top}, {"bottom", edges.bottom}};
  }
  if (volume.has_geometry) {
    json["plane"] = imaging::plane_name(volume);
    json["affine"] = volume.affine;
    json["slice_spacing_mm"] = volume.slice_spacing_mm;
  }
  return json;
}

nlohmann::json reading_json(const imaging::StudyReading& reading) {
  nlohmann::json volumes = nlohmann::json::array(), left_out = nlohmann::json::array(), reports = nlohmann::json::array();
  for (const imaging::VolumeDescription& volume : reading.volumes) volumes.push_back(volume_json(volume));
  for (const imaging::LeftOut& item : reading.left_out) {
    left_out.push_back({{"series", item.series_instance_uid}, {"instances", item.instances}, {"code", item.code}, {"reason", item.reason}});
  }
  for (const imaging::ReportReading& item : reading.reports) {
    reports.push_back({{"instance", item.sop_instance_uid}, {"title", item.title}, {"completion", item.completion_flag},
                       {"verification", item.verification_flag}, {"ours", item.ours}});
  }
  return {{"volumes", volumes}, {"left_out", left_out}, {"reports", reports}, {"disagreements", reading.disagreements}};
}

void print(const imaging::StudyReading& reading) {
  for (const imaging::VolumeDescription& volume : reading.volumes) {
    std::cout << "shown     series " << volume.series_number << " " << volume.modality << " \"" << volume.series_description
              << "\": " << volume.width << " x " << volume.height << " x " << volume.depth;
    if (volume.slices_in_study > volume.depth) std::cout << " of " << volume.slices_in_study << " slices";
    std::cout << ", window " << volume.window;
    if (volume.slice_spacing_mm > 0) std::cout << ", slices " << volume.slice_spacing_mm << " mm apart";
    if (volume.has_geometry) std::cout << ", " << imaging::plane_name(volume);
    const imaging::EdgeLetters edges = imaging::edge_letters(volume);
    if (!edges.left.empty()) std::cout << ", the picture's left is the patient's " << edges.left;
    std::cout << "\n";
    for (const std::string& note : volume.notes) std::cout << "          " << note << "\n";
    if (!volume.choice.empty()) std::cout << "          " << volume.choice << "\n";
  }
  for (const imaging::LeftOut& item : reading.left_out) {
    std::cout << "left out  " << item.instances << " instance(s): " << item.reason << " (" << item.code << ")\n";
  }
  for (const imaging::ReportReading& item : reading.reports) {
    std::cout << "report    " << item.title << ", " << item.verification_flag << (item.ours ? ", made by this product" : "") << "\n";
  }
  for (const std::string& what : reading.disagreements) {
    std::cout << "conflict  the instances disagree on " << what << "; no report would be made\n";
  }
}

Status write_montage(const std::filesystem::path& file, const imaging::StudyReading& reading) {
  const Result<std::vector<std::uint8_t>> png = imaging::montage_png(imaging::montage_images(reading));
  if (!png) return png.error();
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(png->data()), static_cast<std::streamsize>(png->size()));
  out.flush();
  if (!out) return permanent_error("cannot_write", file.string() + ": cannot be written (folder, permission, space?)");
  return {};
}

constexpr std::int64_t whole_pixels_max = std::int64_t{128} << 20;  // of all volumes, which a reader takes

// A long series is shown by some of its slices; the file of values has them all, where they fit.
bool has_slices_not_shown(const imaging::StudyReading& reading) {
  return std::ranges::any_of(reading.volumes, [](const auto& volume) { return volume.slices_in_study > volume.depth; });
}

std::int64_t whole_pixels(const imaging::StudyReading& reading) {
  std::int64_t pixels = 0;
  for (const imaging::VolumeDescription& volume : reading.volumes) {
    pixels += std::int64_t{volume.width} * volume.height * std::max(volume.slices_in_study, volume.depth);
  }
  return pixels;
}

Status write_values(const std::string& file, const std::vector<imaging::StudyFile>& files, imaging::ReadOptions options,
                    const Configuration& configuration, const imaging::StudyReading& shown) {
  if (!has_slices_not_shown(shown)) return write_volume_file(file, shown);
  options.slices_max = std::numeric_limits<int>::max();
  if (whole_pixels(shown) <= whole_pixels_max) {
    const Result<imaging::StudyReading> whole = imaging::read_study(files, options, reader_limits(configuration.reader));
    if (whole) return write_volume_file(file, *whole);
  }
  std::cerr << "radfmctl: " << file << " holds the slices that are shown: all slices are more than a reader takes\n";
  return write_volume_file(file, shown);
}

Status write_files(const Arguments& arguments, const Configuration& configuration, const imaging::StudyReading& reading) {
  if (const auto file = arguments.value("--model-input")) {
    const std::filesystem::path model = arguments.value("--model").value_or(
        configuration.model.directory.empty() ? default_model_directory().string() : configuration.model.directory.string());
    if (Status written = write_model_input_file(*file, model, reading); !written) return written;
  }
  if (const auto file = arguments.value("--png")) return write_montage(*file, reading);
  return {};
}

}  // namespace

int inspect_command(const Words& words) {
  const Result<Arguments> arguments =
      Arguments::parse(words, {{"--volume"}, {"--model-input"}, {"--png"}, {"--model"}, {"--config"}});
  if (!arguments) return complain(arguments.error());
  if (arguments->has("--help")) {
    std::cout << usage_text;
    return exit_done;
  }
  if (arguments->positional().empty()) {
    std::cerr << usage_text;
    return exit_usage;
  }
  Configuration configuration;
  if (const auto file = arguments->value("--config")) {
    std::optional<Configuration> read = usable_configuration(*file);
    if (!read) return exit_usage;
    configuration = std::move(*read);
  }
  const Result<std::vector<imaging::StudyFile>> files = open_study_files(arguments->positional());
  if (!files) return complain(files.error());
  imaging::ReadOptions options;
  options.values = arguments->has("--volume");
  options.nesting_max = configuration.reader.nesting_max;
  options.imaging = configuration.imaging;
  const Result<imaging::StudyReading> reading = imaging::read_study(*files, options, reader_limits(configuration.reader));
  if (!reading) return complain(reading.error(), exit_wrong);

  if (arguments->has("--json")) {
    std::cout << reading_json(*reading).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    print(*reading);
  }
  if (reading->volumes.empty()) return exit_wrong;
  if (const auto file = arguments->value("--volume")) {
    if (Status written = write_values(*file, *files, options, configuration, *reading); !written) return complain(written.error());
  }
  if (Status written = write_files(*arguments, configuration, *reading); !written) return complain(written.error());
  return exit_done;
}

}  // namespace radfm::ctl
