// SPDX-License-Identifier: Apache-2.0
// From modality values to the grey that the model is shown: one window for all slices of a volume.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/imaging_settings.h"
#include "core/result.h"
#include "pipeline/imaging/grey_scale.h"
#include "pipeline/imaging/instance_facts.h"
#include "pipeline/imaging/slice_geometry.h"

namespace radfm::imaging {

// Slices of one size, turned for display, on their way to be windowed. Not shared between threads.
class GreyVolume {
 public:
  void reserve(std::size_t pixels) { values_.reserve(pixels); }
  // `pixels` is [rows][columns] as the file has them.
  void append(const ModalityPixels& pixels, const GreyScale& grey, int rows, int columns, const DisplayTurn& turn);

  struct Shown {
    std::vector<std::uint8_t> display;  // 0 to 255, beside the values; padding is 0
    std::string window;                 // for people
    std::vector<std::string> notes;
  };
  // Slices. CT in Hounsfield units: the fixed window of its region. PET: SUV by body weight where every slice allows it.
  // All else, and what these two cannot have: percentiles over all slices. Windows of the files are not asked.
  // Both set the values under the padding to air or to the lowest value. Error: permanent "blank_image" when all pixels
  // have one value.
  Result<Shown> show_slices(const InstanceFacts& facts, const ImagingSettings& settings);
  // One projection image, as its file says: VOI LUT, else the (first) window, else of 8 bits or fewer the whole range,
  // else percentiles.
  Result<Shown> show_picture(const ImagingSettings& settings);

  // Modality values [depth][height][width], not mirrored.
  std::vector<float> take_values() { return std::move(values_); }

 private:
  struct Slice {
    std::size_t begin = 0;
    GreyScale grey;
  };
  struct Range {
    double low = 0, high = 0;
  };
  // What is done to the values of one slice before the range is applied.
  struct Scale {
    double factor = 1, offset = 0;
  };
  bool is_padding(std::size_t i) const { return i < padding_.size() && padding_[i]; }
  std::size_t end_of(std::size_t slice) const;
  std::optional<Range> whole_range() const;
  Range percentiles(const ShownRange& share, const std::vector<Scale>& scales) const;
  std::vector<Scale> mirrored_scales() const;
  std::vector<std::uint8_t> displayed(const Range& range, const std::vector<Scale>& scales) const;
  Shown by_percentiles(const ShownRange& share, const std::vector<Scale>& scales) const;
  Shown show_pet(const ImagingSettings& settings) const;
  Shown by_window(const Slice& slice) const;
  void fill_padding(float value);

  std::vector<float> values_;
  std::vector<bool> padding_;  // beside values_; empty when no slice has any
  std::vector<Slice> slices_;
};

}  // namespace radfm::imaging
