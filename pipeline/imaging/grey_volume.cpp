// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_volume.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/imaging/shown_text.h"
#include "pipeline/imaging/threads.h"
#include "pipeline/imaging/window_table.h"

namespace radfm::imaging {
namespace {

constexpr float air_hu = -1024;

Error blank() {
  return permanent_error("blank_image", "all pixels have one grey value, so there is nothing to read");
}

// The standardised code of UCUM, or DICOM's own word.
bool is_hounsfield_unit(const std::string& unit) { return unit == "HU" || unit == "[hnsf'U]"; }

std::string percentile_text(const ShownRange& share) {
  return "percentile " + plain_number(share.low) + " to " + plain_number(share.high);
}

std::string ct_window_text(const CtWindowRow& row) {
  return window_text(row.centre_hu, row.width_hu) + " (" + row.region + ")";
}

std::string file_window_text(const GreyScale& grey) {
  std::string text = "VOI LUT of the file";
  if (!grey.voi_lut) {
    text = window_text(grey.window->centre, grey.window->width) + " of the file";
    if (grey.window->function == VoiFunction::linear_exact) text += ", linear exact";
    if (grey.window->function == VoiFunction::sigmoid) text += ", sigmoid";
  }
  if (grey.windows_offered > 1) text += ", the first of " + std::to_string(grey.windows_offered);
  return text + (grey.window_name.empty() ? "" : " (" + grey.window_name + ")");
}

// On plain arrays and copies of the numbers: bytes that are written might else be any of them, to the compiler. The same
// operations in the same order on each machine; those with wider vectors do more of them at once.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx2", "default")))
#endif
void show(const float* values, std::size_t count, double factor, double offset, double low, double high, std::uint8_t* shown) {
  for (std::size_t i = 0; i < count; ++i) shown[i] = rounded_to_8_bits(scaled_to_255(values[i] * factor + offset, low, high));
}

double file_grey(double value, const GreyScale& grey) {
  if (grey.voi_lut) return scaled_to_255(grey.voi_lut->at(value), 0, (1 << grey.voi_lut->bits) - 1);
  return windowed(value, *grey.window);
}

}  // namespace

void GreyVolume::window_at_once(const CtWindowRow& row, bool keep_values) {
  row_ = row;
  keep_values_ = keep_values;
}

void GreyVolume::put(std::size_t index, ModalityPixels pixels, const GreyScale& grey, int rows, int columns,
                     const DisplayTurn& turn) {
  Slice& slice = slices_[index];
  slice.grey = grey;
  if (!pixels.is_padding.empty()) {
    std::vector<float> flags(pixels.is_padding.begin(), pixels.is_padding.end());
    for (const float flag : turned_pixels(std::move(flags), rows, columns, turn)) slice.padding.push_back(flag != 0);
  }
  slice.values = turned_pixels(std::move(pixels.values), rows, columns, turn);
  if (slice.values.size() != pixels_of_slice_) broken_invariant("a slice of another size was put into a volume");
  slice.look_for_two_values();
  if (!row_) return;
  slice.fill_padding(air_hu);
  display_slice(index, {row_->centre_hu - row_->width_hu / 2, row_->centre_hu + row_->width_hu / 2}, {});
  if (!keep_values_) slice.values = {};
}

std::vector<float> GreyVolume::take_values() {
  std::vector<float> all;
  for (Slice& slice : slices_) {
    all.reserve(slices_.size() * slice.values.size());
    all.insert(all.end(), slice.values.begin(), slice.values.end());
    slice.values = {};  // a volume need not be there twice
  }
  return all;
}

void GreyVolume::Slice::look_for_two_values() {
  for (std::size_t i = 0; i < values.size() && !has_others; ++i) {
    if (is_padding(i)) continue;
    if (!first) first = values[i];
    has_others = values[i] != *first;
  }
}

bool GreyVolume::is_blank() const {
  std::optional<float> first;
  for (const Slice& slice : slices_) {
    if (!slice.first) continue;
    if (!first) first = slice.first;
    if (slice.has_others || *slice.first != *first) return false;
  }
  return true;
}

float GreyVolume::lowest_of_image() const {
  float lowest = std::numeric_limits<float>::max();
  for (const Slice& slice : slices_) {
    for (std::size_t i = 0; i < slice.values.size(); ++i) {
      if (!slice.is_padding(i)) lowest = std::min(lowest, slice.values[i]);
    }
  }
  return lowest;
}

// The lowest value becomes the highest within what the file can store, so that a picture stored inverted and one that
// is not are shown by the same statistics and come out the same to the bit.
std::vector<GreyVolume::Scale> GreyVolume::mirrored_scales() const {
  std::vector<Scale> scales;
  for (const Slice& slice : slices_) {
    const auto& stored = slice.grey.modality_range;
    scales.push_back(slice.grey.inverted ? Scale{-1, stored ? stored->first + stored->second : 0} : Scale{});
  }
  return scales;
}

GreyVolume::Range GreyVolume::percentiles(const ShownRange& share, const std::vector<Scale>& scales) const {
  std::vector<double> image;
  image.reserve(slices_.size() * slices_.front().values.size());
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    const Slice& slice = slices_[s];
    for (std::size_t i = 0; i < slice.values.size(); ++i) {
      if (!slice.is_padding(i)) image.push_back(slice.values[i] * scales[s].factor + scales[s].offset);
    }
  }
  // Ranks are rounded outwards: a few pixels have no outliers.
  const double last = static_cast<double>(image.size() - 1);
  const auto at_rank = [&](double rank) {
    const auto nth = image.begin() + static_cast<std::ptrdiff_t>(rank);
    std::nth_element(image.begin(), nth, image.end());
    return *nth;
  };
  const Range range{at_rank(std::floor(share.low / 100 * last)), at_rank(std::ceil(share.high / 100 * last))};
  if (range.low < range.high) return range;
  const auto [lowest, highest] = std::minmax_element(image.begin(), image.end());
  return {*lowest, *highest};
}

void GreyVolume::display_slice(std::size_t index, const Range& range, const Scale& scale) {
  const Slice& slice = slices_[index];
  std::uint8_t* shown = display_.data() + index * pixels_of_slice_;
  show(slice.values.data(), pixels_of_slice_, scale.factor, scale.offset, range.low, range.high, shown);
  for (std::size_t i = 0; i < slice.padding.size(); ++i) {
    if (slice.padding[i]) shown[i] = 0;
  }
}

std::vector<std::uint8_t> GreyVolume::displayed(const Range& range, const std::vector<Scale>& scales) {
  for_each_index(slices_.size(), [&](std::size_t s) { display_slice(s, range, scales[s]); });
  return std::move(display_);
}

void GreyVolume::Slice::fill_padding(float value) {
  for (std::size_t i = 0; i < padding.size(); ++i) {
    if (padding[i]) values[i] = value;
  }
}

void GreyVolume::fill_padding(float value) {
  for (Slice& slice : slices_) slice.fill_padding(value);
}

GreyVolume::Shown GreyVolume::by_percentiles(const ShownRange& share, const std::vector<Scale>& scales) {
  const Range range = percentiles(share, scales);
  return {displayed(range, scales), percentile_text(share), {}};
}

Result<GreyVolume::Shown> GreyVolume::show_slices(const InstanceFacts& facts, const ImagingSettings& settings) {
  if (is_blank()) return blank();
  if (row_) return Shown{std::move(display_), ct_window_text(*row_), {}};
  // A CT's or a PET's value is a quantity: MONOCHROME1 says how a monitor is to show it, not what it means.
  if (facts.hounsfield || (facts.modality == "CT" && is_hounsfield_unit(slices_.front().grey.unit))) {
    fill_padding(air_hu);
    const CtWindowRow& row = ct_window(facts, settings);
    const Range range{row.centre_hu - row.width_hu / 2, row.centre_hu + row.width_hu / 2};
    return Shown{displayed(range, std::vector<Scale>(slices_.size())), ct_window_text(row), {}};
  }
  fill_padding(lowest_of_image());
  if (facts.modality == "PT") return show_pet(settings);
  const ShownRange& share = facts.modality == "MR" ? settings.mr_percentiles : settings.other_percentiles;
  return by_percentiles(share, mirrored_scales());
}

GreyVolume::Shown GreyVolume::show_pet(const ImagingSettings& settings) {
  std::vector<Scale> scales;
  for (const Slice& slice : slices_) {
    if (!slice.grey.suv.factor) {
      Shown shown = by_percentiles(settings.other_percentiles, std::vector<Scale>(slices_.size()));
      shown.notes.push_back("SUV was not computed: " + slice.grey.suv.why_not);
      return shown;
    }
    scales.push_back({*slice.grey.suv.factor, 0});
  }
  const Range range{settings.pet_suv.low, settings.pet_suv.high};
  return {displayed(range, scales), "SUV " + plain_number(range.low) + " to " + plain_number(range.high) + " (body weight)", {}};
}

GreyVolume::Shown GreyVolume::by_window(const Slice& slice) const {
  Shown shown{std::vector<std::uint8_t>(slice.values.size()), file_window_text(slice.grey), {}};
  for (std::size_t i = 0; i < slice.values.size(); ++i) {
    if (slice.is_padding(i)) continue;
    const double grey = file_grey(slice.values[i], slice.grey);
    shown.display[i] = rounded_to_8_bits(slice.grey.inverted ? 255 - grey : grey);
  }
  return shown;
}

Result<GreyVolume::Shown> GreyVolume::show_picture(const ImagingSettings& settings) {
  if (is_blank()) return blank();
  fill_padding(lowest_of_image());
  const GreyScale& grey = slices_.front().grey;
  if (grey.voi_lut || grey.window) return by_window(slices_.front());
  if (grey.modality_range && grey.stored_bits <= 8) {
    const Range range{grey.modality_range->first, grey.modality_range->second};
    return Shown{displayed(range, mirrored_scales()), "whole range of the file", {}};
  }
  return by_percentiles(settings.other_percentiles, mirrored_scales());
}

}  // namespace radfm::imaging
