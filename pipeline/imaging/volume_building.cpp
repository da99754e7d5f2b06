// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/volume_building.h"

#include <algorithm>
#include <utility>

#include "pipeline/imaging/grey_volume.h"
#include "pipeline/imaging/orientation_letters.h"
#include "pipeline/imaging/window_table.h"

namespace radfm::imaging {
namespace {

VolumeDescription describe(const InstanceFacts& facts) {
  VolumeDescription d;
  d.series_instance_uid = facts.series_instance_uid;
  d.modality = facts.modality;
  d.series_number = facts.series_number;
  d.series_description = facts.series_description;
  d.body_part = facts.body_part.empty() ? facts.anatomic_region : facts.body_part;
  d.laterality = facts.laterality;
  d.view_position = facts.view_position;
  d.study_date = facts.study_date;
  d.has_pixel_spacing = facts.has_pixel_spacing || facts.region.has_value();  // a region of an ultrasound picture has its scale
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

// (0020,0020) after the turn.
std::vector<std::string> displayed_orientation(const InstanceFacts& facts, const DisplayTurn& turn) {
  std::vector<std::string> towards = facts.patient_orientation;
  if (towards.size() != 2) return {};
  if (turn.mirror_columns) towards[0] = opposite_letters(towards[0]);
  if (turn.mirror_rows) towards[1] = opposite_letters(towards[1]);
  return towards;
}

BuiltVolume built_from(VolumeDescription description, GreyVolume::Shown shown, GreyVolume& volume, bool want_values) {
  description.window = std::move(shown.window);
  description.notes.insert(description.notes.end(), shown.notes.begin(), shown.notes.end());
  BuiltVolume built{std::move(description), {std::move(shown.display), {}}};
  if (want_values) built.pixels.values = volume.take_values();
  return built;
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
  d.patient_orientation = displayed_orientation(facts, turn);
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
  d.choice = stack.choice;
  d.width = grid.width;
  d.height = grid.height;
  d.depth = static_cast<int>(chosen.size());
  d.slices_in_study = static_cast<int>(stack.slices_in_all());
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
  if (stack.slices_in_all() == 1) note_frame(first, d.notes);  // its other frames have no place, or are no slices
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
  built.pixels.display = facts.region ? cropped(image.rgb, facts.columns, 3, *facts.region) : image.rgb;
  return built;
}

void crop(StoredPixels& stored, const PictureRegion& region) {
  if (stored.has_reals()) {
    stored.reals = cropped(stored.reals, stored.columns, 1, region);
  } else {
    stored.values = cropped(stored.values, stored.columns, 1, region);
  }
  stored.columns = region.width();
  stored.rows = region.height();
}

}  // namespace

Result<BuiltVolume> build_radiograph(const InstanceFacts& facts, const ImageSource& source,
                                     const ImagingSettings& settings, bool want_values) {
  Result<DecodedImage> image = permanent_error("broken", "the image was not decoded");
  source({facts}, [&](std::size_t, Result<DecodedImage> decoded) { image = std::move(decoded); });
  if (!image) return image.error();
  if (!image->rgb.empty()) return colour_picture(facts, std::move(*image));
  if (facts.region) crop(image->stored, *facts.region);
  GreyVolume picture(1, static_cast<std::size_t>(image->stored.rows) * static_cast<std::size_t>(image->stored.columns));
  picture.put(0, image->stored, image->grey, radiograph_turn(facts));
  auto shown = picture.show_picture(settings);
  if (!shown) return shown.error();
  return built_from(describe_radiograph(facts), std::move(*shown), picture, want_values);
}

Result<BuiltVolume> build_stack(const SliceStack& stack, const std::vector<std::size_t>& chosen,
                                const ImageSource& source, const ImagingSettings& settings, bool want_values,
                                std::optional<std::size_t>* failed) {
  VolumeDescription description = describe_stack(stack, chosen);
  const InstanceFacts& first = stack.slices[chosen.front()];
  GreyVolume volume(chosen.size(), static_cast<std::size_t>(first.rows) * static_cast<std::size_t>(first.columns));
  if (first.hounsfield) volume.window_at_once(ct_window(first, settings), want_values);
  std::vector<InstanceFacts> frames;
  for (const std::size_t i : chosen) frames.push_back(stack.slices[i]);
  std::vector<std::optional<Error>> errors(frames.size());
  source(frames, [&](std::size_t i, Result<DecodedImage> image) {
    if (!image) {
      errors[i] = image.error();
      return;
    }
    if (!image->rgb.empty()) broken_invariant("a slice in colours was accepted");
    volume.put(i, image->stored, image->grey, stack.turn);
  });
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (!errors[i]) continue;
    *failed = chosen[i];
    return *errors[i];
  }
  auto shown = volume.show_slices(first, settings);
  if (!shown) return shown.error();
  return built_from(std::move(description), std::move(*shown), volume, want_values);
}

}  // namespace radfm::imaging
