// SPDX-License-Identifier: Apache-2.0
// Any words as a colour table, plain or segmented, of 8 or 16 bits: what is accepted has the entries that it
// says, and every index has a colour.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <cstring>

#include "pipeline/imaging/palette.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::imaging;
using radfm::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t descriptor_words = 3;
  if (size < 1 + 2 * descriptor_words) return 0;
  const bool segmented = (data[0] & 1) != 0, is_signed = (data[0] & 2) != 0;
  std::vector<std::uint16_t> words((size - 1) / 2);
  std::memcpy(words.data(), data + 1, words.size() * 2);
  const std::size_t entries = words[0] == 0 ? palette_entries_max : words[0];
  DcmItem item;
  item.putAndInsertUint16(DCM_PixelRepresentation, is_signed ? 1 : 0);
  const DcmTagKey descriptors[] = {DCM_RedPaletteColorLookupTableDescriptor,
                                   DCM_GreenPaletteColorLookupTableDescriptor,
                                   DCM_BluePaletteColorLookupTableDescriptor};
  const DcmTagKey plain[] = {DCM_RedPaletteColorLookupTableData, DCM_GreenPaletteColorLookupTableData,
                             DCM_BluePaletteColorLookupTableData};
  const DcmTagKey parts[] = {DCM_SegmentedRedPaletteColorLookupTableData,
                             DCM_SegmentedGreenPaletteColorLookupTableData,
                             DCM_SegmentedBluePaletteColorLookupTableData};
  for (std::size_t i = 0; i < 3; ++i) {
    item.putAndInsertUint16Array(descriptors[i], words.data(), descriptor_words);
    item.putAndInsertUint16Array(segmented ? parts[i] : plain[i], words.data() + descriptor_words,
                                 words.size() - descriptor_words);
  }
  const auto palette = read_palette(item);
  if (!palette.ok()) return 0;
  for (const auto& table : *palette) {
    must(table.entries.size() == entries, "a table has the entries that it says");
    for (const std::int32_t index : {INT32_MIN, -1, 0, 1, 255, 65'535, INT32_MAX})
      static_cast<void>(table.at(index));
  }
  return 0;
}
