// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_scale.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>

#include <algorithm>
#include <cmath>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

// The 16-bit words of an element, whether its VR is US, SS or OW.
std::vector<std::uint16_t> words_of(DcmItem& item, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  if (item.findAndGetElement(tag, element).bad() || element == nullptr) return {};
  const std::size_t count = element->getLength(EXS_LittleEndianExplicit) / 2;
  Uint16* words = nullptr;
  Sint16* signed_words = nullptr;
  if (element->getUint16Array(words).good() && words != nullptr) return {words, words + count};
  if (element->getSint16Array(signed_words).good() && signed_words != nullptr) {
    return {signed_words, signed_words + count};
  }
  return {};
}

Error broken_table() {
  return permanent_error("broken", "a lookup table of the image is damaged");
}

// The first item of a Modality LUT or VOI LUT Sequence. Descriptor: entries (0 means 65536), first mapped,
// bits.
Result<LookupTable> read_table(DcmItem& item, bool signed_input) {
  const auto descriptor = words_of(item, DCM_LUTDescriptor);
  auto data = words_of(item, DCM_LUTData);
  if (descriptor.size() != 3 || data.empty()) return broken_table();
  const std::size_t count = descriptor[0] == 0 ? 65'536 : descriptor[0];
  LookupTable table;
  table.bits = std::clamp<int>(descriptor[2], 1, 16);
  table.first_mapped = signed_input ? static_cast<std::int16_t>(descriptor[1]) : descriptor[1];
  if (data.size() < count && data.size() >= (count + 1) / 2 && descriptor[2] <= 8) {
    for (std::size_t i = 0; i < count; ++i) {  // two 8-bit entries a word, the first in the low byte
      table.entries.push_back(static_cast<std::uint16_t>(i % 2 == 0 ? data[i / 2] & 0xFF : data[i / 2] >> 8));
    }
    return table;
  }
  if (data.size() < count) return broken_table();
  data.resize(count);
  table.entries = std::move(data);
  return table;
}

Result<std::optional<LookupTable>> first_table(DcmItem& data_set, const DcmTagKey& sequence,
                                               bool signed_input) {
  DcmItem* item = nullptr;
  if (data_set.findAndGetSequenceItem(sequence, item).bad() || item == nullptr)
    return std::optional<LookupTable>();
  auto table = read_table(*item, signed_input);
  if (!table) return table.error();
  return std::optional<LookupTable>(std::move(*table));
}

std::optional<std::pair<int, int>> read_padding(DcmItem& data_set, bool is_signed) {
  const auto stored_as =
      [&](int value) {  // the VR may be US although the pixels are signed, and the other way round
        return is_signed ? static_cast<int>(static_cast<std::int16_t>(value))
                         : static_cast<int>(static_cast<std::uint16_t>(value));
      };
  const auto first = integer_of(data_set, DCM_PixelPaddingValue);
  if (!first) return std::nullopt;
  const int limit = integer_of(data_set, DCM_PixelPaddingRangeLimit).value_or(*first);
  const int a = stored_as(*first), b = stored_as(limit);
  return std::pair{std::min(a, b), std::max(a, b)};
}

std::optional<Window> read_window(DcmItem& data_set) {
  const auto centre = number_of(data_set, DCM_WindowCenter), width = number_of(data_set, DCM_WindowWidth);
  if (!centre || !width || *width <= 0) return std::nullopt;
  Window window{*centre, *width, VoiFunction::linear};
  const std::string function = text_of(data_set, DCM_VOILUTFunction);
  if (function == "LINEAR_EXACT") window.function = VoiFunction::linear_exact;
  if (function == "SIGMOID") window.function = VoiFunction::sigmoid;
  if (window.function == VoiFunction::linear && *width < 1) return std::nullopt;
  return window;
}

}  // namespace

std::uint16_t LookupTable::at(double input) const {
  const double last = static_cast<double>(entries.size() - 1);
  return entries[static_cast<std::size_t>(std::clamp(std::round(input) - first_mapped, 0.0, last))];
}

Result<GreyScale> read_grey_scale(DcmItem& data_set) {
  GreyScale grey;
  const bool is_signed = integer_of(data_set, DCM_PixelRepresentation).value_or(0) == 1;
  grey.slope = number_of(data_set, DCM_RescaleSlope).value_or(1);
  grey.intercept = number_of(data_set, DCM_RescaleIntercept).value_or(0);
  if (grey.slope == 0) return permanent_error("broken", "the image has a rescale slope of zero");
  auto modality = first_table(data_set, DCM_ModalityLUTSequence, is_signed);
  if (!modality) return modality.error();
  grey.modality_lut = std::move(*modality);
  // PS3.3 C.11.2.1.1: the input of the VOI LUT is signed when modality values can be negative.
  const bool signed_output = !grey.modality_lut && (is_signed || grey.intercept < 0);
  auto voi = first_table(data_set, DCM_VOILUTSequence, signed_output);
  if (!voi) return voi.error();
  grey.voi_lut = std::move(*voi);
  grey.padding = read_padding(data_set, is_signed);
  grey.window = read_window(data_set);
  grey.inverted = text_of(data_set, DCM_PhotometricInterpretation) == "MONOCHROME1";
  return grey;
}

ModalityPixels modality_pixels(const StoredPixels& stored, const GreyScale& grey) {
  ModalityPixels out;
  out.values.reserve(stored.values.size());
  for (const std::int32_t value : stored.values) {
    out.values.push_back(grey.modality_lut ? static_cast<float>(grey.modality_lut->at(value))
                                           : static_cast<float>(value * grey.slope + grey.intercept));
  }
  if (!grey.padding) return out;
  const auto is_padding = [&](std::int32_t v) {
    return v >= grey.padding->first && v <= grey.padding->second;
  };
  if (std::none_of(stored.values.begin(), stored.values.end(), is_padding)) return out;
  out.is_padding.reserve(stored.values.size());
  for (const std::int32_t value : stored.values) out.is_padding.push_back(is_padding(value));
  return out;
}

double windowed(double value, const Window& window) {
  const double c = window.centre, w = window.width;
  switch (window.function) {
    case VoiFunction::linear_exact:
      return scaled_to_255(value, c - w / 2, c + w / 2);
    case VoiFunction::sigmoid:
      return 255 / (1 + std::exp(-4 * (value - c) / w));
    case VoiFunction::linear:
      break;
  }
  if (value <= c - 0.5 - (w - 1) / 2) return 0;
  if (value > c - 0.5 + (w - 1) / 2) return 255;
  return ((value - (c - 0.5)) / (w - 1) + 0.5) * 255;
}

double scaled_to_255(double value, double low, double high) {
  return high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) * 255 : 0;
}

std::uint8_t rounded_to_8_bits(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

}  // namespace radfm::imaging
