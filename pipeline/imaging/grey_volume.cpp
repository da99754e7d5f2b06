// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_volume.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/imaging/shown_text.h"
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

}  // namespace

void GreyVolume::append(const ModalityPixels& pixels, const GreyScale& grey, int rows, int columns,
                        const DisplayTurn& turn) {
  if (!pixels.is_padding.empty()) {
    padding_.resize(values_.size());
    const std::vector<float> flags(pixels.is_padding.begin(), pixels.is_padding.end());
    for (const float flag : turned_pixels(flags, rows, columns, turn)) padding_.push_back(flag != 0);
  }
  slices_.push_back({values_.size(), grey});
  const auto turned = turned_pixels(pixels.values, rows, columns, turn);
  values_.insert(values_.end(), turned.begin(), turned.end());
}

std::size_t GreyVolume::end_of(std::size_t slice) const {
  return slice + 1 < slices_.size() ? slices_[slice + 1].begin : values_.size();
}

std::optional<GreyVolume::Range> GreyVolume::whole_range() const {
  Range range{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (is_padding(i)) continue;
    range.low = std::min<double>(range.low, values_[i]);
    range.high = std::max<double>(range.high, values_[i]);
  }
  if (!(range.low < range.high)) return std::nullopt;
  return range;
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
  image.reserve(values_.size());
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    for (std::size_t i = slices_[s].begin; i < end_of(s); ++i) {
      if (!is_padding(i)) image.push_back(values_[i] * scales[s].factor + scales[s].offset);
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

std::vector<std::uint8_t> GreyVolume::displayed(const Range& range, const std::vector<Scale>& scales) const {
  std::vector<std::uint8_t> out(values_.size());
  for (std::size_t s = 0; s < slices_.size(); ++s) {
    for (std::size_t i = slices_[s].begin; i < end_of(s); ++i) {
      if (is_padding(i)) continue;
      out[i] = rounded_to_8_bits(scaled_to_255(values_[i] * scales[s].factor + scales[s].offset, range.low, range.high));
    }
  }
  return out;
}

void GreyVolume::fill_padding(float value) {
  for (std::size_t i = 0; i < padding_.size(); ++i) {
    if (padding_[i]) values_[i] = value;
  }
}

GreyVolume::Shown GreyVolume::by_percentiles(const ShownRange& share, const std::vector<Scale>& scales) const {
  const Range range = percentiles(share, scales);
  return {displayed(range, scales), percentile_text(share), {}};
}

Result<GreyVolume::Shown> GreyVolume::show_slices(const InstanceFacts& facts, const ImagingSettings& settings) {
  const std::optional<Range> whole = whole_range();
  if (!whole) return blank();
  const std::vector<Scale> as_they_are(slices_.size());
  // A CT's or a PET's value is a quantity: MONOCHROME1 says how a monitor is to show it, not what it means.
  if (facts.hounsfield || (facts.modality == "CT" && is_hounsfield_unit(slices_.front().grey.unit))) {
    fill_padding(air_hu);
    const CtWindowRow& row = ct_window(facts, settings);
    const Range range{row.centre_hu - row.width_hu / 2, row.centre_hu + row.width_hu / 2};
    return Shown{displayed(range, as_they_are), window_text(row.centre_hu, row.width_hu) + " (" + row.region + ")", {}};
  }
  fill_padding(static_cast<float>(whole->low));
  if (facts.modality == "PT") return show_pet(settings);
  const ShownRange& share = facts.modality == "MR" ? settings.mr_percentiles : settings.other_percentiles;
  return by_percentiles(share, mirrored_scales());
}

GreyVolume::Shown GreyVolume::show_pet(const ImagingSettings& settings) const {
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
  Shown shown{std::vector<std::uint8_t>(values_.size()), file_window_text(slice.grey), {}};
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (is_padding(i)) continue;
    const double grey = file_grey(values_[i], slice.grey);
    shown.display[i] = rounded_to_8_bits(slice.grey.inverted ? 255 - grey : grey);
  }
  return shown;
}

Result<GreyVolume::Shown> GreyVolume::show_picture(const ImagingSettings& settings) {
  const std::optional<Range> whole = whole_range();
  if (!whole) return blank();
  fill_padding(static_cast<float>(whole->low));
  const GreyScale& grey = slices_.front().grey;
  if (grey.voi_lut || grey.window) return by_window(slices_.front());
  if (grey.modality_range && grey.stored_bits <= 8) {
    const Range range{grey.modality_range->first, grey.modality_range->second};
    return Shown{displayed(range, mirrored_scales()), "whole range of the file", {}};
  }
  return by_percentiles(settings.other_percentiles, mirrored_scales());
}

}  // namespace radfm::imaging
