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
#include "pipeline/imaging/grey_table.h"
#include "pipeline/imaging/instance_facts.h"
#include "pipeline/imaging/slice_geometry.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::imaging {

// Slices of one size, turned for display, and windowed: at once, as they come, where the window is known before the pixels;
// else when all are there.
class GreyVolume {
 public:
  // Throws std::bad_alloc, as the rest does, when the system has no shared memory left.
  GreyVolume(std::size_t slices, std::size_t pixels_of_slice);
  // CT in Hounsfield units, before the first slice is put. Values are then kept only when they are wanted.
  void window_at_once(const CtWindowRow& row, bool keep_values);
  // One frame as the file has it. Each slice once, before the rest is called; different slices may be put by different
  // threads.
  void put(std::size_t slice, const StoredPixels& stored, const GreyScale& grey, const DisplayTurn& turn);

  struct Shown {
    process::SharedBytes display;  // 0 to 255, beside the values; padding is 0
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

  // Modality values [depth][height][width], not mirrored; nothing when they were not kept.
  std::vector<float> take_values();

 private:
  struct Slice {
    std::vector<float> values;
    std::vector<bool> padding;        // beside them; empty when there is none
    GreyScale grey;
    std::optional<float> first;  // value that is no padding
    bool has_others = false;     // than that one
    bool is_padding(std::size_t i) const { return !padding.empty() && padding[i]; }
    void meet(float value) {
      if (!first) first = value;
      has_others = value != *first;
    }
    void fill_padding(float value);
  };
  // What is done to the values of one slice before the range is applied.
  struct Scale {
    double factor = 1, offset = 0;
  };
  bool put_by_table(std::size_t slice, const StoredPixels& stored, const DisplayTurn& turn);
  void put_values(std::size_t slice, const StoredPixels& stored, const DisplayTurn& turn);
  void display_slice(std::size_t slice, const ShownInterval& range, const Scale& scale);
  void write_slice(std::size_t slice, const std::vector<std::uint8_t>& shown);
  process::SharedBytes take_display();
  bool is_blank() const;
  float lowest_of_image() const;
  void fill_padding(float value);
  ShownInterval percentiles(const ShownRange& share, const std::vector<Scale>& scales) const;
  std::vector<Scale> mirrored_scales() const;
  process::SharedBytes displayed(const ShownInterval& range, const std::vector<Scale>& scales);
  Shown by_percentiles(const ShownRange& share, const std::vector<Scale>& scales);
  Shown show_pet(const ImagingSettings& settings);
  Shown by_window(const Slice& slice);

  std::vector<Slice> slices_;
  std::size_t pixels_of_slice_;
  process::SharedWriter display_;  // of all slices; each is written once
  std::optional<ShownInterval> window_;
  std::string window_text_;
  bool keep_values_ = true;
};

}  // namespace radfm::imaging
