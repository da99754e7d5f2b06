// SPDX-License-Identifier: Apache-2.0
#include "tests/pipeline/imaging/pictures.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrplol.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpls/djencode.h>
#include <dcmtk/dcmjpls/djrparam.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/frame_decoder.h"
#include "tests/pipeline/imaging/dicom_files.h"
#include "tests/pipeline/imaging/jpeg2000_encoders.h"

namespace radfm::imaging::testing {
namespace {

void describe_object(const Picture& picture, DcmDataset& set) {
  set.putAndInsertString(DCM_SOPClassUID, ct_class.c_str());
  set.putAndInsertString(DCM_SOPInstanceUID, picture.sop_uid.c_str());
  set.putAndInsertString(DCM_StudyInstanceUID, study_uid.c_str());
  set.putAndInsertString(DCM_SeriesInstanceUID, "1.2.3.4.5");
  set.putAndInsertString(DCM_Modality, "CT");
  set.putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
  set.putAndInsertString(DCM_ImagePositionPatient, picture.position.c_str());
  set.putAndInsertString(DCM_PixelSpacing, "1\\1");
}

void describe_pixels(const Picture& picture, DcmDataset& set) {
  set.putAndInsertUint16(DCM_SamplesPerPixel, static_cast<Uint16>(picture.samples));
  set.putAndInsertString(DCM_PhotometricInterpretation, picture.photometric.c_str());
  if (picture.samples == 3) set.putAndInsertUint16(DCM_PlanarConfiguration, picture.by_plane ? 1 : 0);
  if (picture.frames != 1) set.putAndInsertString(DCM_NumberOfFrames, std::to_string(picture.frames).c_str());
  set.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(picture.rows));
  set.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(picture.columns));
  set.putAndInsertUint16(DCM_BitsAllocated, static_cast<Uint16>(picture.bits.allocated));
  set.putAndInsertUint16(DCM_BitsStored, static_cast<Uint16>(picture.bits.stored));
  set.putAndInsertUint16(DCM_HighBit, static_cast<Uint16>(picture.bits.high_bit));
  set.putAndInsertUint16(DCM_PixelRepresentation, picture.bits.is_signed ? 1 : 0);
}

void put_cells(const Picture& picture, DcmDataset& set) {
  ByteVector cells = cells_of(picture);
  if (cells.size() % 2 != 0) cells.push_back(0);
  if (picture.bits.allocated == 8) {
    set.putAndInsertUint8Array(DCM_PixelData, cells.data(), cells.size());
  } else {
    set.putAndInsertUint16Array(DCM_PixelData, reinterpret_cast<const Uint16*>(cells.data()),
                                cells.size() / 2);
  }
}

ByteVector written(DcmFileFormat& file, E_TransferSyntax syntax) {
  const std::size_t beside_data_set = 1 << 16;  // meta information, and what deflate may add
  ByteVector out(file.calcElementLength(syntax, EET_ExplicitLength) + beside_data_set);
  DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
  file.transferInit();
  const OFCondition good = file.write(stream, syntax, EET_ExplicitLength, nullptr);
  EXPECT_TRUE(good.good()) << good.text();
  file.transferEnd();
  stream.flush();
  void* buffer = nullptr;
  offile_off_t bytes = 0;
  stream.flushBuffer(buffer, bytes);
  out.resize(static_cast<std::size_t>(bytes));
  return out;
}

std::string u16(unsigned value) {
  return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8 & 0xFF)};
}
std::string u32(std::size_t value) {
  return u16(static_cast<unsigned>(value & 0xFFFF)) + u16(static_cast<unsigned>(value >> 16));
}

void register_encoders() {
  static const bool once = [] {
    prepare_decoders();
    DcmRLEEncoderRegistration::registerCodecs();
    DJEncoderRegistration::registerCodecs(ECC_lossyYCbCr, EUC_never);
    return true;
  }();
  static_cast<void>(once);
}

// DCMTK's encoder of JPEG-LS codes either the stored bits ("cooked": it fails on signed and colour ones) or
// whole cells.
void choose_jpeg_ls_encoder(bool whole_cells) {
  DJLSEncoderRegistration::cleanup();
  DJLSEncoderRegistration::registerCodecs(0, 0, 0, 0, !whole_cells);
}

}  // namespace

std::vector<std::int64_t> Picture::frame(int index) const {
  const auto size = static_cast<std::ptrdiff_t>(rows) * columns * samples;
  return {values.begin() + index * size, values.begin() + (index + 1) * size};
}

Picture picture(const CellBits& bits, int samples, int frames) {
  Picture out;
  out.bits = bits;
  out.samples = samples;
  out.frames = frames;
  if (samples == 3) out.photometric = "RGB";
  const std::int64_t low = bits.is_signed ? -(std::int64_t{1} << (bits.stored - 1)) : 0;
  const std::int64_t span = std::int64_t{1} << bits.stored;
  std::uint32_t random = 12345;
  const int count = frames * out.rows * out.columns * samples;
  for (int i = 0; i < count; ++i) {
    random = random * 1664525 + 1013904223;
    const std::int64_t noise =
        bits.stored < 4 ? random >> 28 : random >> 24 & (span / 8 > 0 ? span / 8 - 1 : 0);
    out.values.push_back(low + (span * (i % 97) / 97 + noise) % span);
  }
  out.values[5] = low;
  out.values[6] = low + span - 1;
  return out;
}

ByteVector cells_of(const Picture& picture) {
  const CellBits& bits = picture.bits;
  const std::uint64_t mask = (std::uint64_t{1} << bits.stored) - 1;
  const int shift = bits.high_bit + 1 - bits.stored;
  const auto plane = static_cast<std::size_t>(picture.rows) * static_cast<std::size_t>(picture.columns);
  const auto samples = static_cast<std::size_t>(picture.samples), frame = plane * samples;
  ByteVector out((picture.values.size() * static_cast<std::size_t>(bits.allocated) + 7) / 8);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    std::size_t from = i;
    if (picture.by_plane) from = i / frame * frame + i % plane * samples + i % frame / plane;
    const std::uint64_t outside =
        picture.noise_above & ~(mask << shift) & ((std::uint64_t{1} << bits.allocated) - 1);
    const std::uint64_t cell = (static_cast<std::uint64_t>(picture.values[from]) & mask) << shift | outside;
    for (int bit = 0; bit < bits.allocated; ++bit) {
      const std::size_t at = i * static_cast<std::size_t>(bits.allocated) + static_cast<std::size_t>(bit);
      if (cell >> bit & 1) out[at / 8] = static_cast<std::uint8_t>(out[at / 8] | 1 << at % 8);
    }
  }
  return out;
}

namespace {

// Explicit little endian, without meta information.
std::string bytes_of(DcmDataset& set) {
  std::string out(std::size_t{1} << 16, '\0');
  DcmOutputBufferStream stream(out.data(), static_cast<offile_off_t>(out.size()));
  set.transferInit();
  EXPECT_TRUE(set.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr).good());
  set.transferEnd();
  void* buffer = nullptr;
  offile_off_t bytes = 0;
  stream.flushBuffer(buffer, bytes);
  out.resize(static_cast<std::size_t>(bytes));
  return out;
}

}  // namespace

std::string header_of(const Picture& picture) {
  prepare_decoders();
  DcmDataset set;
  describe_object(picture, set);
  describe_pixels(picture, set);
  return bytes_of(set);
}

std::string encapsulated(const std::vector<ByteVector>& fragments,
                         const std::vector<std::uint32_t>& offsets) {
  const std::string item("\xFE\xFF\x00\xE0", 4);
  std::string out =
      std::string("\xE0\x7F\x10\x00OB\0\0\xFF\xFF\xFF\xFF", 12) + item + u32(offsets.size() * 4);
  for (const auto offset : offsets) out += u32(offset);
  for (const auto& fragment : fragments) {
    const std::size_t padding = fragment.size() % 2;
    out += item + u32(fragment.size() + padding) + std::string(fragment.begin(), fragment.end());
    out.append(padding, '\0');
  }
  return out + std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8);
}

std::string native_element(const ByteVector& cells, const std::string& vr) {
  const std::size_t padding = cells.size() % 2;
  return std::string("\xE0\x7F\x10\x00", 4) + vr + u16(0) + u32(cells.size() + padding) +
         std::string(cells.begin(), cells.end()) + std::string(padding, '\0');
}

ByteVector uncompressed_file(const Picture& picture, const std::string& transfer_syntax_uid) {
  DcmDataset set;
  describe_object(picture, set);
  return file_of(set, picture, transfer_syntax_uid);
}

ByteVector compressed_file(const Picture& picture, const std::string& transfer_syntax_uid, int variant) {
  DcmDataset set;
  describe_object(picture, set);
  return file_of(set, picture, transfer_syntax_uid, variant);
}

ByteVector file_of(DcmDataset& set, const Picture& picture, const std::string& transfer_syntax_uid, int variant) {
  register_encoders();
  describe_pixels(picture, set);
  const E_TransferSyntax syntax = DcmXfer(transfer_syntax_uid.c_str()).getXfer();
  if (syntax == EXS_Unknown || syntax == EXS_JPEG2000LosslessOnly || syntax == EXS_JPEG2000) {
    return file_of_raw_data_set(bytes_of(set) + encapsulated(code_streams(picture, transfer_syntax_uid)),
                                transfer_syntax_uid);
  }
  choose_jpeg_ls_encoder(picture.bits.is_signed || picture.samples == 3);
  put_cells(picture, set);
  const DJ_RPLossless jpeg(variant);
  const DJLSRepresentationParameter jpeg_ls(0, OFTrue), jpeg_ls_near(0, OFFalse);
  const DJ_RPLossy lossy(variant);
  const DcmRepresentationParameter* parameter = nullptr;
  if (syntax == EXS_JPEGProcess14 || syntax == EXS_JPEGProcess14SV1) parameter = &jpeg;
  if (syntax == EXS_JPEGLSLossless) parameter = &jpeg_ls;
  if (syntax == EXS_JPEGLSLossy) parameter = &jpeg_ls_near;
  if (syntax == EXS_JPEGProcess1 || syntax == EXS_JPEGProcess2_4) parameter = &lossy;
  const OFCondition good = set.chooseRepresentation(syntax, parameter);
  EXPECT_TRUE(good.good()) << good.text();
  set.removeAllButCurrentRepresentations();
  DcmFileFormat file(&set);
  return written(file, syntax);
}

std::vector<ByteVector> code_streams(const Picture& picture, const std::string& transfer_syntax_uid) {
  std::vector<ByteVector> streams;
  for (int frame = 0; frame < picture.frames; ++frame) {
    const CodedImage image{picture.rows,        picture.columns,        picture.samples,
                           picture.bits.stored, picture.bits.is_signed, picture.frame(frame)};
    if (transfer_syntax_uid == "1.2.840.10008.1.2.4.90" || transfer_syntax_uid == "1.2.840.10008.1.2.4.91") {
      streams.push_back(jpeg_2000(image));
    } else {
      streams.push_back(high_throughput_jpeg_2000(image, transfer_syntax_uid == "1.2.840.10008.1.2.4.202"));
    }
  }
  return streams;
}

ByteVector first_fragment(const ByteVector& file) {
  const auto parsed = parse_file(file, 64);
  DcmElement* element = nullptr;
  EXPECT_TRUE(parsed.ok() && (*parsed).data_set->findAndGetElement(DCM_PixelData, element).good());
  E_TransferSyntax syntax = EXS_Unknown;
  const DcmRepresentationParameter* parameter = nullptr;
  DcmPixelSequence* sequence = nullptr;
  auto* pixels = dynamic_cast<DcmPixelData*>(element);
  pixels->getOriginalRepresentationKey(syntax, parameter);
  EXPECT_TRUE(pixels->getEncapsulatedRepresentation(syntax, parameter, sequence).good());
  DcmPixelItem* item = nullptr;
  Uint8* bytes = nullptr;
  EXPECT_TRUE(sequence->getItem(item, 1).good() && item->getUint8Array(bytes).good());
  return {bytes, bytes + item->getLength()};
}

Result<StoredPixels> decoded_frame(const ByteVector& file, int frame) {
  prepare_decoders();
  const auto parsed = parse_file(file, 64);
  if (!parsed) return parsed.error();
  const auto decoder = FrameDecoder::open(*parsed->data_set, parsed->transfer_syntax_uid);
  if (!decoder) return decoder.error();
  return decoder->decode(frame);
}

Result<std::vector<std::int64_t>> decoded_values(const ByteVector& file) {
  prepare_decoders();
  const auto parsed = parse_file(file, 64);
  if (!parsed) return parsed.error();
  const auto decoder = FrameDecoder::open(*parsed->data_set, parsed->transfer_syntax_uid);
  if (!decoder) return decoder.error();
  std::vector<std::int64_t> all;
  for (int frame = 0; frame < decoder->frames(); ++frame) {
    const auto stored = decoder->decode(frame);
    if (!stored) return stored.error();
    all.insert(all.end(), stored->values.begin(), stored->values.end());
    for (const double real : stored->reals) all.push_back(static_cast<std::int64_t>(real));
  }
  return all;
}

std::string outcome(const ByteVector& file) {
  const auto values = decoded_values(file);
  return values ? "decoded" : values.error().code;
}

}  // namespace radfm::imaging::testing
