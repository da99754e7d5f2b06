// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/grey_scale.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcelem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

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

// Where the values of one frame are looked for, in this order.
class Holders {
 public:
  Holders(DcmItem& data_set, const std::vector<DcmItem*>& frame_items) {
    for (DcmItem* item : frame_items) {
      if (item == nullptr) continue;
      for (const DcmTagKey& macro : {DCM_PixelValueTransformationSequence, DCM_FrameVOILUTSequence}) {
        DcmItem* inner = nullptr;
        if (item->findAndGetSequenceItem(macro, inner).good() && inner != nullptr) items_.push_back(inner);
      }
      items_.push_back(item);
    }
    items_.push_back(&data_set);
  }

  DcmItem* with_value(const DcmTagKey& tag) const {
    const auto at = std::find_if(items_.begin(), items_.end(), [&](DcmItem* i) { return i->tagExistsWithValue(tag); });
    return at == items_.end() ? nullptr : *at;
  }
  DcmItem* first_of_sequence(const DcmTagKey& sequence) const {
    for (DcmItem* item : items_) {
      DcmItem* inner = nullptr;
      if (item->findAndGetSequenceItem(sequence, inner).good() && inner != nullptr) return inner;
    }
    return nullptr;
  }
  int items_of_sequence(const DcmTagKey& sequence) const {
    for (DcmItem* item : items_) {
      DcmSequenceOfItems* found = nullptr;
      if (item->findAndGetSequence(sequence, found).good() && found != nullptr && found->card() > 0) {
        return static_cast<int>(found->card());
      }
    }
    return 0;
  }

 private:
  std::vector<DcmItem*> items_;
};

Result<std::optional<LookupTable>> first_table(const Holders& holders, const DcmTagKey& sequence, bool signed_input) {
  DcmItem* item = holders.first_of_sequence(sequence);
  if (item == nullptr) return std::optional<LookupTable>();
  auto table = read_table(*item, signed_input);
  if (!table) return table.error();
  return std::optional<LookupTable>(std::move(*table));
}

std::optional<std::pair<double, double>> read_padding(DcmItem& data_set, bool is_signed) {
  const auto stored_as = [&](int value) -> double {  // the VR may be US although the pixels are signed, or SS
    return is_signed ? static_cast<std::int16_t>(value) : static_cast<std::uint16_t>(value);
  };
  const auto between = [](double a, double b) { return std::pair{std::min(a, b), std::max(a, b)}; };
  if (const auto first = integer_of(data_set, DCM_PixelPaddingValue)) {
    return between(stored_as(*first), stored_as(integer_of(data_set, DCM_PixelPaddingRangeLimit).value_or(*first)));
  }
  if (const auto first = number_of(data_set, DCM_FloatPixelPaddingValue)) {
    return between(*first, number_of(data_set, DCM_FloatPixelPaddingRangeLimit).value_or(*first));
  }
  if (const auto first = number_of(data_set, DCM_DoubleFloatPixelPaddingValue)) {
    return between(*first, number_of(data_set, DCM_DoubleFloatPixelPaddingRangeLimit).value_or(*first));
  }
  return std::nullopt;
}

std::optional<Window> read_window(DcmItem& item) {
  const auto centre = number_of(item, DCM_WindowCenter), width = number_of(item, DCM_WindowWidth);
  if (!centre || !width || *width <= 0) return std::nullopt;
  Window window{*centre, *width, VoiFunction::linear};
  const std::string function = text_of(item, DCM_VOILUTFunction);
  if (function == "LINEAR_EXACT") window.function = VoiFunction::linear_exact;
  if (function == "SIGMOID") window.function = VoiFunction::sigmoid;
  if (window.function == VoiFunction::linear && *width < 1) return std::nullopt;
  return window;
}

// PS3.3 C.7.6.16.2.11. The first mapping; a linear one becomes slope and intercept.
Status read_real_world(const Holders& holders, GreyScale& grey) {
  DcmItem* item = holders.first_of_sequence(DCM_RealWorldValueMappingSequence);
  if (item == nullptr) return {};
  DcmItem* unit = nullptr;
  if (item->findAndGetSequenceItem(DCM_MeasurementUnitsCodeSequence, unit).good() && unit != nullptr) {
    grey.unit = text_of(*unit, DCM_CodeValue);
  }
  const auto slope = number_of(*item, DCM_RealWorldValueSlope);
  if (slope) {
    grey.slope = *slope;
    grey.intercept = number_of(*item, DCM_RealWorldValueIntercept).value_or(0);
    return {};
  }
  auto entries = numbers_of(*item, DCM_RealWorldValueLUTData);
  const auto first = number_of(*item, DCM_RealWorldValueFirstValueMapped);
  const auto exact_first = number_of(*item, DCM_DoubleFloatRealWorldValueFirstValueMapped);
  if (entries.empty() || (!first && !exact_first)) return broken_table();
  grey.real_world = RealWorldTable{exact_first ? *exact_first : *first, std::move(entries)};
  return {};
}

// Modality LUT, else rescale, else the real world mapping, else the stored values themselves.
Status read_modality(const Holders& holders, bool is_signed, GreyScale& grey) {
  auto table = first_table(holders, DCM_ModalityLUTSequence, is_signed);
  if (!table) return table.error();
  grey.modality_lut = std::move(*table);
  if (grey.modality_lut) {
    grey.unit = text_of(*holders.first_of_sequence(DCM_ModalityLUTSequence), DCM_ModalityLUTType);
    return {};
  }
  DcmItem* holder = holders.with_value(DCM_RescaleSlope);
  if (holder == nullptr) holder = holders.with_value(DCM_RescaleIntercept);
  if (holder == nullptr) {
    if (Status mapped = read_real_world(holders, grey); !mapped) return mapped;
  } else {
    grey.slope = number_of(*holder, DCM_RescaleSlope).value_or(1);
    grey.intercept = number_of(*holder, DCM_RescaleIntercept).value_or(0);
    grey.unit = text_of(*holder, DCM_RescaleType);
  }
  if (grey.slope == 0) return permanent_error("broken", "the image has a rescale slope of zero");
  return {};
}

Status read_voi(const Holders& holders, bool is_signed, GreyScale& grey) {
  // PS3.3 C.11.2.1.1: the input of the VOI LUT is signed when modality values can be negative.
  const bool signed_output = !grey.modality_lut && (is_signed || grey.intercept < 0);
  auto table = first_table(holders, DCM_VOILUTSequence, signed_output);
  if (!table) return table.error();
  grey.voi_lut = std::move(*table);
  if (DcmItem* holder = holders.with_value(DCM_WindowCenter)) {
    grey.window = read_window(*holder);
    if (grey.window && !grey.voi_lut) {
      grey.windows_offered = static_cast<int>(texts_of(*holder, DCM_WindowCenter).size());
      const auto names = texts_of(*holder, DCM_WindowCenterWidthExplanation);
      if (!names.empty()) grey.window_name = names.front();
    }
  }
  if (grey.voi_lut) {
    grey.windows_offered = holders.items_of_sequence(DCM_VOILUTSequence);
    grey.window_name = text_of(*holders.first_of_sequence(DCM_VOILUTSequence), DCM_LUTExplanation);
  }
  return {};
}

double modality_value(double stored, const GreyScale& grey) {
  if (grey.modality_lut) return grey.modality_lut->at(stored);
  if (!grey.real_world) return stored * grey.slope + grey.intercept;
  const auto& table = *grey.real_world;
  const double last = static_cast<double>(table.entries.size() - 1);
  return table.entries[static_cast<std::size_t>(std::clamp(std::round(stored - table.first_mapped), 0.0, last))];
}

}  // namespace

std::uint16_t LookupTable::at(double input) const {
  const double last = static_cast<double>(entries.size() - 1);
  return entries[static_cast<std::size_t>(std::clamp(std::round(input) - first_mapped, 0.0, last))];
}

namespace {

// Of integer pixels without a table, whose end entries would be the range.
void read_range(DcmItem& data_set, bool is_signed, GreyScale& grey) {
  grey.stored_bits = integer_of(data_set, DCM_BitsStored).value_or(16);
  if (grey.modality_lut || grey.real_world || grey.stored_bits < 1 || grey.stored_bits > 32) return;
  const double values = std::exp2(grey.stored_bits);
  const double lowest = is_signed ? -values / 2 : 0;
  const double a = modality_value(lowest, grey), b = modality_value(lowest + values - 1, grey);
  grey.modality_range = {std::min(a, b), std::max(a, b)};
}

// Values are kept as float.
bool is_a_value(double value) { return std::abs(value) <= std::numeric_limits<float>::max(); }

bool has_values(const GreyScale& grey) {
  const auto& table = grey.real_world;
  const auto& range = grey.modality_range;
  return (!table || std::all_of(table->entries.begin(), table->entries.end(), is_a_value)) &&
         (!range || (is_a_value(range->first) && is_a_value(range->second)));
}

}  // namespace

Result<GreyScale> read_grey_scale(DcmItem& data_set, const std::vector<DcmItem*>& frame_items) {
  GreyScale grey;
  const Holders holders(data_set, frame_items);
  const bool is_signed = integer_of(data_set, DCM_PixelRepresentation).value_or(0) == 1;
  if (Status read = read_modality(holders, is_signed, grey); !read) return read.error();
  if (Status read = read_voi(holders, is_signed, grey); !read) return read.error();
  grey.padding = read_padding(data_set, is_signed);
  grey.inverted = text_of(data_set, DCM_PhotometricInterpretation) == "MONOCHROME1" ||
                  text_of(data_set, DCM_PresentationLUTShape) == "INVERSE";
  read_range(data_set, is_signed, grey);
  if (!has_values(grey)) return permanent_error("broken", "the image's rescale or real world values are too large to be numbers");
  if (text_of(data_set, DCM_Modality) == "PT") grey.suv = read_suv(data_set, grey.unit);
  return grey;
}

namespace {

bool is_padded(double stored, const GreyScale& grey) {
  return grey.padding && stored >= grey.padding->first && stored <= grey.padding->second;
}

// Whole stored values by slope and intercept, which read_grey_scale found to be within a float: what nearly every pixel goes
// through.
ModalityPixels rescaled(const std::vector<std::int32_t>& stored, const GreyScale& grey) {
  ModalityPixels out{std::vector<float>(stored.size()), {}};
  const double slope = grey.slope, intercept = grey.intercept;
  for (std::size_t i = 0; i < stored.size(); ++i) out.values[i] = static_cast<float>(stored[i] * slope + intercept);
  const auto padded = [&](double value) { return is_padded(value, grey); };
  if (!grey.padding || std::none_of(stored.begin(), stored.end(), padded)) return out;
  out.is_padding.reserve(stored.size());
  for (const auto cell : stored) out.is_padding.push_back(padded(cell));
  return out;
}

// By a table, or of real stored values, of which some may be no numbers.
template <class Cell>
ModalityPixels looked_up(const std::vector<Cell>& cells, const GreyScale& grey) {
  ModalityPixels out;
  const auto value_of = [&](double v) { return std::isfinite(v) ? modality_value(v, grey) : v; };
  const auto is_image = [&](double v, double value) { return is_a_value(value) && !is_padded(v, grey); };
  bool all_image = true;
  out.values.reserve(cells.size());
  for (const auto cell : cells) {
    const double value = value_of(double(cell));
    out.values.push_back(is_a_value(value) ? static_cast<float>(value) : 0.0F);
    all_image = all_image && is_image(double(cell), value);
  }
  if (all_image) return out;
  out.is_padding.reserve(cells.size());
  for (const auto cell : cells) out.is_padding.push_back(!is_image(double(cell), value_of(double(cell))));
  return out;
}

}  // namespace

ModalityPixels modality_pixels(const StoredPixels& stored, const GreyScale& grey) {
  if (stored.has_reals()) return looked_up(stored.reals, grey);
  if (grey.modality_lut || grey.real_world) return looked_up(stored.values, grey);
  return rescaled(stored.values, grey);
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

}  // namespace radfm::imaging
