// SPDX-License-Identifier: Apache-2.0
// Any bytes as a DICOM file: meta information, structure, parser, then its first and its last frame. The 128
// bytes of the preamble are not part of the input.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/colour.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/frame_decoder.h"
#include "tests/fuzz/decoder_input.h"

using namespace radfm::imaging;
using radfm::fuzz::must;

namespace {

constexpr std::size_t preamble_bytes = 128, pixels_max = 65'536;

void decode(DcmDataset& data_set, const FrameDecoder& decoder, int frame) {
  const auto stored = decoder.decode(frame);
  if (!stored.ok()) return;
  must(stored->values.size() + stored->reals.size() == decoder.format().cells(),
       "a frame has all its samples");
  if (stored->samples == 3 && !stored->has_reals()) {
    must(rgb8(*stored).size() == decoder.format().cells(), "a colour frame has all its colours");
  }
  if (stored->colour != ColourSpace::palette || stored->has_reals()) return;
  if (const auto palette = read_palette(data_set); palette.ok()) {
    must(rgb8(*stored, *palette).size() == decoder.format().cells() * 3,
         "a palette frame has all its colours");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  prepare_decoders();
  std::vector<std::uint8_t> file(preamble_bytes, 0);
  file.insert(file.end(), data, data + size);
  const auto parsed = parse_file(file, 64);
  if (!parsed.ok()) return 0;
  DcmDataset& data_set = *parsed->data_set;
  const auto decoder = FrameDecoder::open(data_set, parsed->transfer_syntax_uid);
  if (!decoder.ok() || decoder->format().pixels() > pixels_max) return 0;
  decode(data_set, *decoder, 0);
  if (decoder->frames() > 1) decode(data_set, *decoder, decoder->frames() - 1);
  return 0;
}
