// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/volume_building.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/imaging/element_text.h"
#include "pipeline/imaging/shown_text.h"
#include "pipeline/imaging/window_table.h"

namespace radfm::imaging {
namespace {

constexpr float air_hu = -1024;
constexpr double percentile_low = 0.01, percentile_high = 0.99;

VolumeDescription describe(const InstanceFacts& facts) {
  VolumeDescription d;
  d.series_instance_uid = facts.series_instance_uid;
  d.modality = facts.modality;
  d.series_number = facts.series_number;
  d.series_description = facts.series_description;
  d.body_part = facts.body_part;
  d.laterality = facts.laterality;
  d.view_position = facts.view_position;
  d.study_date = facts.study_date;
  for (std::size_t i = 0; i < 4; ++i) d.affine[i * 5] = 1;
  return d;
}

// A loop is shown by one of its frames.
void note_frame(const InstanceFacts& facts, std::vector<std::string>& notes) {
  if (facts.frames > 1)
    notes.push_back("frame " + std::to_string(facts.frame + 1) + " of " + std::to_string(facts.frames) + " shown");
}

void add_quality_notes(const InstanceFacts& facts, std::vector<std::string>& notes) {
  if (facts.lossy) notes.emplace_back("lossy compression");
  if (facts.burned_in_text) notes.emplace_back("text is burned into the image");
  if (facts.character_set_failed)
    notes.emplace_back("the text of the header does not fit its declared character set");
}

// Patient Orientation (0020,0020) of a frontal view that is stored mirrored or upside down.
DisplayTurn radiograph_turn(const InstanceFacts& facts) {
  DisplayTurn turn;
  const bool frontal = facts.view_position == "PA" || facts.view_position == "AP";
  if (!frontal || facts.patient_orientation.size() != 2) return turn;
  turn.mirror_columns = facts.patient_orientation[0].rfind('R', 0) == 0;
  turn.mirror_rows = facts.patient_orientation[1].rfind('H', 0) == 0;
  return turn;
}

struct Range {
  float low = 0, high = 0;
};

Range value_range(const ModalityPixels& pixels) {
  Range range{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest()};
  for (std::size_t i = 0; i < pixels.values.size(); ++i) {
    if (!pixels.is_padding.empty() && pixels.is_padding[i]) continue;
    range.low = std::min(range.low, pixels.values[i]);
    range.high = std::max(range.high, pixels.values[i]);
  }
  return range;
}

Range percentile_range(std::vector<float> values) {
  const auto at_share = [&](double share) {
    const auto nth =
        values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), nth, values.end());
    return *nth;
  };
  return {at_share(percentile_low), at_share(percentile_high)};
}

Error blank() {
  return permanent_error("blank_image", "all pixels have one grey value, so there is nothing to read");
}

// 0 to 255 for one modality value of a radiograph: the file's VOI LUT, else its window, else its whole range.
double radiograph_grey(double value, const GreyScale& grey, const Range& range) {
  if (grey.voi_lut) return scaled_to_255(grey.voi_lut->at(value), 0, (1 << grey.voi_lut->bits) - 1);
  if (grey.window) return windowed(value, *grey.window);
  return scaled_to_255(value, range.low, range.high);
}

std::string radiograph_window_text(const GreyScale& grey) {
  if (grey.voi_lut) return "VOI LUT of the file";
  if (grey.window) return window_text(grey.window->centre, grey.window->width) + " of the file";
  return "minimum to maximum";
}

// All slices of a volume on their way to be windowed.
struct VolumeValues {
  std::vector<float> values;  // [depth][height][width], turned
  std::vector<bool> padding;  // empty when no slice has any
  bool inverted = false;

  void append(const DecodedImage& image, const DisplayTurn& turn) {
    const auto turned = turned_pixels(image.pixels.values, image.rows, image.columns, turn);
    if (!image.pixels.is_padding.empty()) {
      padding.resize(values.size());
      const std::vector<float> flags(image.pixels.is_padding.begin(), image.pixels.is_padding.end());
      for (const float flag : turned_pixels(flags, image.rows, image.columns, turn))
        padding.push_back(flag != 0);
    }
    values.insert(values.end(), turned.begin(), turned.end());
    inverted = image.grey.inverted;
  }

  std::vector<float> without_padding() const {
    std::vector<float> out;
    out.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i >= padding.size() || !padding[i]) out.push_back(values[i]);
    }
    return out;
  }

  void fill_padding(float value) {
    for (std::size_t i = 0; i < padding.size(); ++i) {
      if (padding[i]) values[i] = value;
    }
  }
};

std::vector<std::uint8_t> displayed(const VolumeValues& volume, double low, double high, bool inverted) {
  std::vector<std::uint8_t> out;
  out.reserve(volume.values.size());
  for (std::size_t i = 0; i < volume.values.size(); ++i) {
    const bool padding = i < volume.padding.size() && volume.padding[i];
    const double grey = scaled_to_255(volume.values[i], low, high);
    out.push_back(padding ? std::uint8_t{0} : rounded_to_8_bits(inverted ? 255 - grey : grey));
  }
  return out;
}

// Windows a volume whose values are complete; sets the description's window.
Result<std::vector<std::uint8_t>> display_volume(VolumeValues& volume, const InstanceFacts& facts,
                                                 VolumeDescription& description) {
  std::vector<float> image = volume.without_padding();
  if (image.empty()) return blank();
  const auto [lowest, highest] = std::minmax_element(image.begin(), image.end());
  const Range whole{*lowest, *highest};
  if (!(whole.low < whole.high)) return blank();
  volume.fill_padding(facts.hounsfield ? air_hu : whole.low);
  if (facts.hounsfield) {
    const RegionWindow window = ct_window(facts);
    description.window =
        window_text(window.centre_hu, window.width_hu) + " (" + std::string(window.region) + ")";
    return displayed(volume, window.centre_hu - window.width_hu / 2, window.centre_hu + window.width_hu / 2,
                     false);
  }
  Range range = percentile_range(std::move(image));
  description.window = "percentile 1 to 99";
  if (!(range.low < range.high)) {
    range = whole;
    description.window = "minimum to maximum";
  }
  return displayed(volume, range.low, range.high, volume.inverted);
}

}  // namespace

VolumeDescription describe_radiograph(const InstanceFacts& facts) {
  VolumeDescription d = describe(facts);
  d.kind = VolumeKind::radiograph;
  d.width = facts.region ? facts.region->width() : facts.columns;
  d.height = facts.region ? facts.region->height() : facts.rows;
  d.depth = 1;
  d.sop_instance_uids = {facts.sop_instance_uid};
  d.sop_class_uids = {facts.sop_class_uid};
  d.frames = {facts.frame + 1};
  const DisplayTurn turn = radiograph_turn(facts);
  if (turn.mirror_columns)
    d.notes.emplace_back("mirrored for display: the file's rows run towards the patient's right");
  if (turn.mirror_rows)
    d.notes.emplace_back("turned upright for display: the file's columns run towards the head");
  note_frame(facts, d.notes);
  if (facts.region) d.notes.emplace_back("cut to the file's ultrasound regions");
  if (facts.modality == "US" && !facts.region)
    d.notes.emplace_back("the file names no ultrasound region: burned-in text may be in the picture");
  add_quality_notes(facts, d.notes);
  return d;
}

VolumeDescription describe_stack(const SliceStack& stack, const std::vector<std::size_t>& chosen) {
  const InstanceFacts& first = stack.slices[chosen.front()];
  VolumeDescription d = describe(first);
  const PlaneGrid grid = turned_grid(first, stack.turn);
  d.kind = VolumeKind::volume;
  d.width = grid.width;
  d.height = grid.height;
  d.depth = static_cast<int>(chosen.size());
  d.affine = display_affine(stack, chosen);
  d.has_geometry = true;
  if (chosen.size() > 1) {
    const double length = along_normal_mm(stack, stack.slices[chosen.back()]) - along_normal_mm(stack, first);
    d.slice_spacing_mm = length / static_cast<double>(chosen.size() - 1);
  }
  for (const std::size_t i : chosen) {
    d.sop_instance_uids.push_back(stack.slices[i].sop_instance_uid);
    d.sop_class_uids.push_back(stack.slices[i].sop_class_uid);
    d.frames.push_back(stack.slices[i].frame + 1);
  }
  if (stack.turn.oblique)
    d.notes.push_back("oblique slices, shown as the nearest plane, " + std::string(to_string(stack.turn.plane)));
  else if (stack.turn.plane != Plane::axial)
    d.notes.push_back(std::string(to_string(stack.turn.plane)) + " slices");
  if (chosen.size() < stack.slices.size()) {
    d.notes.push_back(std::to_string(chosen.size()) + " of " + std::to_string(stack.slices.size()) +
                      " slices shown");
  }
  d.notes.insert(d.notes.end(), stack.notes.begin(), stack.notes.end());
  if (first.modality == "CT" && !first.hounsfield) d.notes.emplace_back("values are not Hounsfield units");
  add_quality_notes(first, d.notes);
  return d;
}

namespace {

// A colour picture is shown as it is stored.
BuiltVolume colour_picture(const InstanceFacts& facts, DecodedImage image) {
  BuiltVolume built{describe_radiograph(facts), {}};
  built.description.channels = 3;
  built.description.window = "colours of the file";
  built.pixels.display = facts.region ? cropped(image.rgb, facts.columns, 3, *facts.region) : std::move(image.rgb);
  return built;
}

void crop(DecodedImage& image, const PictureRegion& region) {
  image.pixels.values = cropped(image.pixels.values, image.columns, 1, region);
  if (!image.pixels.is_padding.empty()) image.pixels.is_padding = cropped(image.pixels.is_padding, image.columns, 1, region);
  image.columns = region.width();
  image.rows = region.height();
}

}  // namespace

Result<BuiltVolume> build_radiograph(const InstanceFacts& facts, const ImageSource& source,
                                     bool want_values) {
  auto images = source({facts});
  Result<DecodedImage>& image = images.front();
  if (!image) return image.error();
  if (!image->rgb.empty()) return colour_picture(facts, std::move(*image));
  if (facts.region) crop(*image, *facts.region);
  const Range range = value_range(image->pixels);
  if (!(range.low < range.high)) return blank();
  BuiltVolume built{describe_radiograph(facts), {}};
  built.description.window = radiograph_window_text(image->grey);
  VolumeValues turned;
  turned.append(*image, radiograph_turn(facts));
  turned.fill_padding(range.low);
  built.pixels.display.reserve(turned.values.size());
  for (std::size_t i = 0; i < turned.values.size(); ++i) {
    const double grey = radiograph_grey(turned.values[i], image->grey, range);
    const bool padding = i < turned.padding.size() && turned.padding[i];
    built.pixels.display.push_back(padding ? std::uint8_t{0}
                                           : rounded_to_8_bits(turned.inverted ? 255 - grey : grey));
  }
  if (want_values) built.pixels.values = std::move(turned.values);
  return built;
}

Result<BuiltVolume> build_stack(const SliceStack& stack, const std::vector<std::size_t>& chosen,
                                const ImageSource& source, bool want_values,
                                std::optional<std::size_t>* failed) {
  BuiltVolume built{describe_stack(stack, chosen), {}};
  VolumeValues volume;
  volume.values.reserve(chosen.size() * static_cast<std::size_t>(built.description.width) *
                        static_cast<std::size_t>(built.description.height));
  for (std::size_t done = 0; done < chosen.size();) {
    std::vector<InstanceFacts> batch;
    for (std::size_t i = done; i < std::min(done + decode_batch, chosen.size()); ++i) batch.push_back(stack.slices[chosen[i]]);
    for (auto& image : source(batch)) {
      if (!image) {
        *failed = chosen[done];
        return image.error();
      }
      if (!image->rgb.empty()) broken_invariant("a slice in colours was accepted");
      volume.append(*image, stack.turn);
      ++done;
    }
  }
  auto display = display_volume(volume, stack.slices[chosen.front()], built.description);
  if (!display) return display.error();
  built.pixels.display = std::move(*display);
  if (want_values) built.pixels.values = std::move(volume.values);
  return built;
}

}  // namespace radfm::imaging
