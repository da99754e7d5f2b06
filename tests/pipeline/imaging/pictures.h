// SPDX-License-Identifier: Apache-2.0
// Pictures with known values, written as DICOM files in every transfer syntax that there is an encoder for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/pixel_format.h"
#include "pipeline/imaging/stored_pixels.h"

class DcmDataset;

namespace radfm::imaging::testing {

using ByteVector = std::vector<std::uint8_t>;

// What is in the file, and how. `values`: [frames][rows][columns][samples], as they must come out again.
struct Picture {
  int rows = 23, columns = 34, samples = 1, frames = 1;  // neither is a power of two or even on both sides
  CellBits bits;
  std::string photometric = "MONOCHROME2";
  bool by_plane = false;
  std::vector<std::int64_t> values;
  std::string sop_uid = "1.2.3.4.5.1", position = "0\\0\\0";  // an axial CT slice
  std::uint32_t noise_above = 0;  // put into the cells' bits that are not stored: overlays of old files

  std::vector<std::int64_t> frame(int index) const;
};

// Smooth with noise, and the lowest and the highest value among them.
Picture picture(const CellBits& bits, int samples = 1, int frames = 1);

// Cells, little endian, frames after each other without a gap.
ByteVector cells_of(const Picture& picture);

// A data set without pixel data, explicit little endian, up to group 0028.
std::string header_of(const Picture& picture);
// Encapsulated Pixel Data (7FE0,0010) of these fragments (padded to even lengths); the offset table as it is.
std::string encapsulated(const std::vector<ByteVector>& fragments,
                         const std::vector<std::uint32_t>& offsets = {});
std::string native_element(const ByteVector& cells, const std::string& vr = "OW");

// A file in one of DCMTK's uncompressed syntaxes.
ByteVector uncompressed_file(const Picture& picture, const std::string& transfer_syntax_uid);
// A file in an encapsulated syntax, one fragment for each frame. `variant`: the selection value of JPEG
// lossless, the quality of lossy JPEG. Syntaxes: RLE, JPEG (.50, .51), JPEG lossless (.57, .70), JPEG-LS
// (.80; .81 with no error allowed), JPEG 2000 (.90, .91), HTJ2K (.201, .202, .203), all lossless but JPEG.
ByteVector compressed_file(const Picture& picture, const std::string& transfer_syntax_uid, int variant = 1);
// A file of another data set with this picture's pixels, in any of these syntaxes. Of the picture only the pixels and what
// describes them are taken; they are put into `set`.
ByteVector file_of(DcmDataset& set, const Picture& picture, const std::string& transfer_syntax_uid, int variant = 1);
// The first fragment of such a file, for changes.
ByteVector first_fragment(const ByteVector& file);
// The code streams alone, one for each frame (.90, .201, .202).
std::vector<ByteVector> code_streams(const Picture& picture, const std::string& transfer_syntax_uid);

// Parses the file and decodes one frame, or all of them after each other.
Result<StoredPixels> decoded_frame(const ByteVector& file, int frame);
Result<std::vector<std::int64_t>> decoded_values(const ByteVector& file);
// The code of the error, or "decoded".
std::string outcome(const ByteVector& file);

}  // namespace radfm::imaging::testing
