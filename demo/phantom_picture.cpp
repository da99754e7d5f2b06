// SPDX-License-Identifier: Apache-2.0
#include "demo/phantom_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/imaging_settings.h"
#include "demo/phantom_random.h"
#include "demo/phantom_shapes.h"
#include "pipeline/imaging/grey_table.h"
#include "pipeline/imaging/grey_volume.h"
#include "pipeline/imaging/window_table.h"

namespace radfm::demo {
namespace {

using phantom::Blank;
using phantom::Modality;
using phantom::Visit;

constexpr float stored_max = 4095.0f, window_low_hu = -1000.0f, window_range_hu = 1400.0f;

// 0 to 1, [row][column] of one slice.
std::vector<float> draw_blank_slice(const Visit& visit, int slice) {
  phantom::Random look(visit.exposure.noise_seed), random(visit.exposure.noise_seed + 1 + static_cast<std::uint64_t>(slice));
  const double level = visit.blank == Blank::noise ? look.between(0.2, 0.7) : look.between(0.02, 0.25);
  const auto noise = float(visit.blank == Blank::noise ? look.between(0.08, 0.3) : look.between(0.004, 0.012));
  const bool slopes = visit.blank == Blank::gradient;
  const auto across = float(slopes ? look.between(-0.8, 0.8) : 0), down = float(slopes ? look.between(0.3, 0.8) : 0);
  std::vector<float> pixels;
  pixels.reserve(static_cast<std::size_t>(visit.matrix) * static_cast<std::size_t>(visit.matrix));
  const float step = 1.0f / float(visit.matrix);
  for (int row = 0; row < visit.matrix; ++row) {
    for (int column = 0; column < visit.matrix; ++column) {
      const float value = float(level) + across * (float(column) * step - 0.5f) + down * float(row) * step;
      pixels.push_back(phantom::clamped(value + noise * phantom::cheap_normal(random)));
    }
  }
  return pixels;
}

int rounded(float value) { return static_cast<int>(value + (value < 0 ? -0.5f : 0.5f)); }

void append_blank(const Visit& visit, StoredStudy& stored) {
  const bool ct = visit.truth.modality == Modality::ct;
  for (int slice = 0; slice < visit.slices; ++slice) {
    for (const float value : draw_blank_slice(visit, slice)) {
      stored.values.push_back(rounded(ct ? window_low_hu + value * window_range_hu : value * stored_max));
    }
  }
}

const std::array<std::uint8_t, 4096>& radiograph_table() {
  static const auto table = [] {
    std::array<std::uint8_t, 4096> made{};
    const imaging::Window window{radiograph_window_centre, radiograph_window_width, imaging::VoiFunction::linear};
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = imaging::rounded_to_8_bits(imaging::windowed(double(i), window));
    return made;
  }();
  return table;
}

const ImagingSettings& settings() {
  static const ImagingSettings defaults;
  return defaults;
}

const CtWindowRow& chest_window() {
  static const imaging::InstanceFacts facts = [] {
    imaging::InstanceFacts chest;
    chest.body_part = "CHEST";
    return chest;
  }();
  return imaging::ct_window(facts, settings());
}

// All slices as one frame: a window knows no place.
imaging::StoredPixels pixels_of(const StoredStudy& stored) {
  imaging::StoredPixels pixels;
  pixels.rows = stored.matrix * stored.slices;
  pixels.columns = stored.matrix;
  pixels.values = stored.values;
  return pixels;
}

std::vector<std::uint8_t> shown_ct(const StoredStudy& stored) {
  const CtWindowRow& row = chest_window();
  const imaging::StoredPixels pixels = pixels_of(stored);
  const auto table = imaging::grey_table(pixels, imaging::GreyScale{}, {row.centre_hu - row.width_hu / 2, row.centre_hu + row.width_hu / 2});
  if (!table) broken_invariant("a phantom's CT has more grey values than pixels");
  std::vector<std::uint8_t> shown(stored.values.size());
  table->look_up(stored.values, shown.data());
  return shown;
}

std::vector<std::uint8_t> shown_by_percentiles(const StoredStudy& stored) {
  imaging::GreyVolume picture(1, stored.values.size());
  picture.put(0, pixels_of(stored), imaging::GreyScale{}, {});
  const auto shown = picture.show_picture(settings());
  if (!shown) broken_invariant("a phantom was drawn of which imaging shows nothing");
  return {shown->display.begin(), shown->display.end()};
}

}  // namespace

StoredStudy draw_stored(const Visit& visit) {
  StoredStudy stored{visit.matrix, visit.slices, {}};
  const std::size_t pixels = static_cast<std::size_t>(visit.matrix) * static_cast<std::size_t>(visit.matrix);
  stored.values.reserve(pixels * static_cast<std::size_t>(visit.slices));
  if (visit.blank != Blank::none) {
    append_blank(visit, stored);
  } else if (visit.truth.modality == Modality::radiograph) {
    for (const float value : phantom::draw_radiograph(visit.anatomy, visit.finding, visit.exposure, visit.matrix)) {
      stored.values.push_back(rounded(value * stored_max));
    }
  } else {
    for (int slice = 0; slice < visit.slices; ++slice) {
      const auto drawn = phantom::draw_ct_slice(visit.anatomy, visit.finding, visit.exposure, visit.matrix,
                                                visit.slice_z_mm(slice), visit.thickness_mm);
      for (const float value : drawn) stored.values.push_back(rounded(value));
    }
  }
  return stored;
}

training::Picture shown_picture(const Visit& visit, const StoredStudy& stored) {
  training::Picture picture{{stored.matrix, stored.matrix, stored.slices, 1}, {}};
  if (visit.truth.modality == Modality::ct) {
    picture.pixels = shown_ct(stored);
  } else if (!visit.voi_window) {
    picture.pixels = shown_by_percentiles(stored);
  } else {
    picture.pixels.reserve(stored.values.size());
    for (const std::int32_t value : stored.values) picture.pixels.push_back(radiograph_table()[static_cast<std::size_t>(value)]);
  }
  return picture;
}

training::Picture draw_picture(const Visit& visit) { return shown_picture(visit, draw_stored(visit)); }

}  // namespace radfm::demo
