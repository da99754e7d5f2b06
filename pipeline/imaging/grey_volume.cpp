// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_volume.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <utility>

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

double file_grey(double value, const GreyScale& grey) {
  if (grey.voi_lut) return scaled_to_255(grey.voi_lut->at(value), 0, (1 << grey.voi_lut->bits) - 1);
  return windowed(value, *grey.window);
}

process::SharedWriter new_memory() {
  Result<process::SharedWriter> memory = process::SharedWriter::make();
  if (!memory) throw std::bad_alloc();
  return std::move(*memory);
}

ShownInterval interval_of(const CtWindowRow& row) {
  return {row.centre_hu - row.width_hu / 2, row.centre_hu + row.width_hu / 2};
}

}  // namespace

GreyVolume::GreyVolume(std::size_t slices, std::size_t pixels_of_slice)
    : slices_(slices), pixels_of_slice_(pixels_of_slice), display_(new_memory()) {}

void GreyVolume::window_at_once(const CtWindowRow& row, bool keep_values) {
  window_ = interval_of(row);
  window_text_ = ct_window_text(row);
  keep_values_ = keep_values;
}

void GreyVolume::put(std::size_t index, const StoredPixels& stored, const GreyScale& grey, const DisplayTurn& turn) {
  if (static_cast<std::size_t>(stored.rows) * static_cast<std::size_t>(stored.columns) != pixels_of_slice_ ||
      stored.samples != 1 || (stored.has_reals() ? stored.reals.size() : stored.values.size()) != pixels_of_slice_) {
    broken_invariant("a slice of another size was put into a volume");
  }
  slices_[index].grey = grey;
  if (window_ && !keep_values_ && put_by_table(index, stored, turn)) return;
  put_values(index, stored, turn);
  if (!window_) return;
  slices_[index].fill_padding(air_hu);
  display_slice(index, *window_, {});
  if (!keep_values_) slices_[index].values = {};
}

// What a slice of few grey values is shown as, without its values.
bool GreyVolume::put_by_table(std::size_t index, const StoredPixels& stored, const DisplayTurn& turn) {
  Slice& slice = slices_[index];
  const auto table = grey_table(stored, slice.grey, *window_);
  if (!table) return false;
  for (std::size_t i = 0; i < pixels_of_slice_ && !slice.has_others; ++i) {
    const std::size_t entry = table->entry_of(stored.values[i]);
    if (!table->is_padding(entry)) slice.meet(table->modality.values[entry]);
  }
  std::vector<std::uint8_t> shown(pixels_of_slice_);
  table->look_up(stored.values, shown.data());
  if (turn.is_none()) {
    write_slice(index, shown);
  } else {
    std::vector<std::uint8_t> turned(pixels_of_slice_);
    turn_pixels(shown.data(), stored.rows, stored.columns, turn, turned.data());
    write_slice(index, turned);
  }
  return true;
}

void GreyVolume::put_values(std::size_t index, const StoredPixels& stored, const DisplayTurn& turn) {
  Slice& slice = slices_[index];
  ModalityPixels pixels = modality_pixels(stored, slice.grey);
  if (!pixels.is_padding.empty()) {
    const std::vector<float> flags(pixels.is_padding.begin(), pixels.is_padding.end());
    std::vector<float> turned(pixels_of_slice_);
    turn_pixels(flags.data(), stored.rows, stored.columns, turn, turned.data());
    for (const float flag : turned) slice.padding.push_back(flag != 0);
  }
  if (turn.is_none()) {
    slice.values = std::move(pixels.values);
  } else {
    slice.values = std::vector<float>(pixels_of_slice_);
    turn_pixels(pixels.values.data(), stored.rows, stored.columns, turn, slice.values.data());
  }
  for (std::size_t i = 0; i < pixels_of_slice_ && !slice.has_others; ++i) {
    if (!slice.is_padding(i)) slice.meet(slice.values[i]);
  }
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

ShownInterval GreyVolume::percentiles(const ShownRange& share, const std::vector<Scale>& scales) const {
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
  const ShownInterval range{at_rank(std::floor(share.low / 100 * last)), at_rank(std::ceil(share.high / 100 * last))};
  if (range.low < range.high) return range;
  const auto [lowest, highest] = std::minmax_element(image.begin(), image.end());
  return {*lowest, *highest};
}

void GreyVolume::display_slice(std::size_t index, const ShownInterval& range, const Scale& scale) {
  const Slice& slice = slices_[index];
  std::vector<std::uint8_t> shown(pixels_of_slice_);
  show_values(slice.values.data(), pixels_of_slice_, scale.factor, scale.offset, range, shown.data());
  for (std::size_t i = 0; i < slice.padding.size(); ++i) {
    if (slice.padding[i]) shown[i] = 0;
  }
  write_slice(index, shown);
}

void GreyVolume::write_slice(std::size_t index, const std::vector<std::uint8_t>& shown) {
  if (!display_.write(index * pixels_of_slice_, shown)) throw std::bad_alloc();
}

process::SharedBytes GreyVolume::take_display() {
  Result<process::FileDescriptor> sealed = std::move(display_).seal();
  if (!sealed) throw std::bad_alloc();
  Result<process::SharedBytes> display = process::SharedBytes::of(std::move(*sealed), slices_.size() * pixels_of_slice_);
  if (!display) throw std::bad_alloc();
  return std::move(*display);
}

process::SharedBytes GreyVolume::displayed(const ShownInterval& range, const std::vector<Scale>& scales) {
  for_each_index(slices_.size(), [&](std::size_t s) { display_slice(s, range, scales[s]); });
  return take_display();
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
  const ShownInterval range = percentiles(share, scales);
  return {displayed(range, scales), percentile_text(share), {}};
}

Result<GreyVolume::Shown> GreyVolume::show_slices(const InstanceFacts& facts, const ImagingSettings& settings) {
  if (is_blank()) return blank();
  if (window_) return Shown{take_display(), window_text_, {}};
  // A CT's or a PET's value is a quantity: MONOCHROME1 says how a monitor is to show it, not what it means.
  if (facts.hounsfield || (facts.modality == "CT" && is_hounsfield_unit(slices_.front().grey.unit))) {
    fill_padding(air_hu);
    const CtWindowRow& row = ct_window(facts, settings);
    return Shown{displayed(interval_of(row), std::vector<Scale>(slices_.size())), ct_window_text(row), {}};
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
  const ShownInterval range{settings.pet_suv.low, settings.pet_suv.high};
  return {displayed(range, scales), "SUV " + plain_number(range.low) + " to " + plain_number(range.high) + " (body weight)", {}};
}

GreyVolume::Shown GreyVolume::by_window(const Slice& slice) {
  std::vector<std::uint8_t> shown(slice.values.size());
  for (std::size_t i = 0; i < slice.values.size(); ++i) {
    if (slice.is_padding(i)) continue;
    const double grey = file_grey(slice.values[i], slice.grey);
    shown[i] = rounded_to_8_bits(slice.grey.inverted ? 255 - grey : grey);
  }
  write_slice(0, shown);
  return {take_display(), file_window_text(slice.grey), {}};
}

Result<GreyVolume::Shown> GreyVolume::show_picture(const ImagingSettings& settings) {
  if (is_blank()) return blank();
  fill_padding(lowest_of_image());
  const GreyScale& grey = slices_.front().grey;
  if (grey.voi_lut || grey.window) return by_window(slices_.front());
  if (grey.modality_range && grey.stored_bits <= 8) {
    const ShownInterval range{grey.modality_range->first, grey.modality_range->second};
    return Shown{displayed(range, mirrored_scales()), "whole range of the file", {}};
  }
  return by_percentiles(settings.other_percentiles, mirrored_scales());
}

}  // namespace radfm::imaging
