// SPDX-License-Identifier: Apache-2.0
// From stored values to what is seen (PS3.3 C.11): Modality LUT or rescale, pixel padding, VOI LUT or window,
// inversion.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/stored_pixels.h"
#include "pipeline/imaging/suv.h"

class DcmItem;

namespace radfm::imaging {

// PS3.3 C.11.1.1.1: inputs below the first mapped value get the first entry, inputs behind the last the last.
struct LookupTable {
  int first_mapped = 0;
  std::vector<std::uint16_t> entries;  // at least one
  int bits = 16;                       // entries use 0 to 2^bits - 1
  std::uint16_t at(double input) const;
};

enum class VoiFunction { linear, linear_exact, sigmoid };

struct Window {
  double centre = 0, width = 0;
  VoiFunction function = VoiFunction::linear;
};

// Real World Value Mapping with a table (PS3.3 C.7.6.16.2.11.1.2): a value for each stored value from
// `first_mapped` on. Stored values outside of it take the nearest entry.
struct RealWorldTable {
  double first_mapped = 0;
  std::vector<double> entries;  // at least one
};

// The transformations that one file asks for.
struct GreyScale {
  double slope = 1, intercept = 0;
  std::optional<LookupTable> modality_lut;           // wins over slope and intercept
  std::optional<RealWorldTable> real_world;          // only where there is neither rescale nor Modality LUT
  std::string unit;                                  // Rescale Type, or the code of the real world unit; often empty
  std::optional<std::pair<double, double>> padding;  // stored values that are no image, inclusive
  std::optional<LookupTable> voi_lut;
  std::optional<Window> window;  // the first, where the file offers several
  int windows_offered = 0;       // VOI LUTs, or windows where there is no VOI LUT
  std::string window_name;       // its explanation, as the file says
  // MONOCHROME1 or Presentation LUT Shape INVERSE, which are one statement: the lowest value is shown white.
  bool inverted = false;
  int stored_bits = 16;                                     // Bits Stored
  std::optional<std::pair<double, double>> modality_range;  // lowest and highest value that these bits can mean
  SuvFactor suv;                                            // of PET
};

// `frame_items`: where a frame of a multi-frame image has its own values: its item of the Per-frame Functional Groups
// Sequence, then that of the Shared one (items of the macros inside them do as well). Each attribute is taken from the
// first item that has it, itself or in its Pixel Value Transformation, Frame VOI LUT or Real World Value Mapping
// Sequence; the data set comes last. Not owned.
// Errors, permanent "broken": a table without entries, a slope of zero, values that no float holds.
Result<GreyScale> read_grey_scale(DcmItem& data_set, const std::vector<DcmItem*>& frame_items = {});

// Modality values of one image, all finite, and which of them are padding or no number (empty when none is).
struct ModalityPixels {
  std::vector<float> values;
  std::vector<bool> is_padding;
};
ModalityPixels modality_pixels(const StoredPixels& stored, const GreyScale& grey);

// PS3.3 C.11.2.1.2 and C.11.2.1.3: 0 to 255.
double windowed(double value, const Window& window);
// `value` between `low` and `high`, as 0 to 255. An empty range gives 0. Written without branches, like the next one: noise
// goes to and fro over the edges of a window.
inline double scaled_to_255(double value, double low, double high) {
  const double range = high > low ? high - low : std::numeric_limits<double>::infinity(), share = (value - low) / range;
  const double not_below = share > 0 ? share : 0;
  return (not_below < 1 ? not_below : 1) * 255;
}
// 0 to 255 to the nearest whole number; what lies outside is cut off.
inline std::uint8_t rounded_to_8_bits(double value) {
  const double not_below = value > 0 ? value : 0;
  return static_cast<std::uint8_t>(static_cast<int>((not_below < 255 ? not_below : 255) + 0.5));
}

}  // namespace radfm::imaging
