// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/transfer_syntax.h"

#include <algorithm>
#include <iterator>

namespace radfm::imaging {
namespace {

struct Row {
  std::string_view uid, name;
  std::optional<PixelCoding> coding;
};

using enum PixelCoding;

constexpr Row rows[] = {
    {"1.2.840.10008.1.2", "implicit VR little endian", native},
    {"1.2.840.10008.1.2.1", "explicit VR little endian", native},
    {"1.2.840.10008.1.2.2", "explicit VR big endian", native},
    {"1.2.840.10008.1.2.1.99", "deflated explicit VR little endian", native},
    {"1.2.840.10008.1.2.1.98", "encapsulated uncompressed", encapsulated_native},
    {"1.2.840.10008.1.2.5", "RLE lossless", rle},
    {"1.2.840.10008.1.2.4.50", "JPEG baseline (process 1)", jpeg},
    {"1.2.840.10008.1.2.4.51", "JPEG extended (processes 2 and 4)", jpeg},
    {"1.2.840.10008.1.2.4.53", "JPEG spectral selection (processes 6 and 8)", jpeg},
    {"1.2.840.10008.1.2.4.55", "JPEG full progression (processes 10 and 12)", jpeg},
    {"1.2.840.10008.1.2.4.57", "JPEG lossless (process 14)", jpeg},
    {"1.2.840.10008.1.2.4.70", "JPEG lossless (process 14, selection value 1)", jpeg},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS lossless", jpeg_ls},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless", jpeg_ls},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 (lossless only)", jpeg_2000},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000", jpeg_2000},
    {"1.2.840.10008.1.2.4.201", "high-throughput JPEG 2000 (lossless only)", jpeg_2000},
    {"1.2.840.10008.1.2.4.202", "high-throughput JPEG 2000 (lossless, RPCL)", jpeg_2000},
    {"1.2.840.10008.1.2.4.203", "high-throughput JPEG 2000", jpeg_2000},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 part 2 multi-component (lossless only)", {}},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 part 2 multi-component", {}},
    {"1.2.840.10008.1.2.4.94", "JPIP referenced pixels", {}},
    {"1.2.840.10008.1.2.4.95", "JPIP referenced pixels, deflated", {}},
    {"1.2.840.10008.1.2.4.204", "JPIP referenced high-throughput JPEG 2000 pixels", {}},
    {"1.2.840.10008.1.2.4.205", "JPIP referenced high-throughput JPEG 2000 pixels, deflated", {}},
    {"1.2.840.10008.1.2.4.100", "MPEG-2 video (main level)", {}},
    {"1.2.840.10008.1.2.4.100.1", "MPEG-2 video (main level, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.101", "MPEG-2 video (high level)", {}},
    {"1.2.840.10008.1.2.4.101.1", "MPEG-2 video (high level, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.102", "MPEG-4 AVC/H.264 video", {}},
    {"1.2.840.10008.1.2.4.102.1", "MPEG-4 AVC/H.264 video (fragmentable)", {}},
    {"1.2.840.10008.1.2.4.103", "MPEG-4 AVC/H.264 video (Blu-ray compatible)", {}},
    {"1.2.840.10008.1.2.4.103.1", "MPEG-4 AVC/H.264 video (Blu-ray compatible, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.104", "MPEG-4 AVC/H.264 video (level 4.2, 2D)", {}},
    {"1.2.840.10008.1.2.4.104.1", "MPEG-4 AVC/H.264 video (level 4.2, 2D, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.105", "MPEG-4 AVC/H.264 video (level 4.2, 3D)", {}},
    {"1.2.840.10008.1.2.4.105.1", "MPEG-4 AVC/H.264 video (level 4.2, 3D, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.106", "MPEG-4 AVC/H.264 video (stereo)", {}},
    {"1.2.840.10008.1.2.4.106.1", "MPEG-4 AVC/H.264 video (stereo, fragmentable)", {}},
    {"1.2.840.10008.1.2.4.107", "HEVC/H.265 video (main profile)", {}},
    {"1.2.840.10008.1.2.4.108", "HEVC/H.265 video (main 10 profile)", {}},
    {"1.2.840.10008.1.2.4.110", "JPEG XL (lossless)", {}},
    {"1.2.840.10008.1.2.4.111", "JPEG XL (recompressed JPEG)", {}},
    {"1.2.840.10008.1.2.4.112", "JPEG XL", {}},
    {"1.2.840.10008.1.2.7.1", "uncompressed progressive video (SMPTE ST 2110-20)", {}},
    {"1.2.840.10008.1.2.7.2", "uncompressed interlaced video (SMPTE ST 2110-20)", {}},
    {"1.2.840.10008.1.2.7.3", "PCM digital audio (SMPTE ST 2110-30)", {}},
    {"1.2.840.10008.1.2.8.1", "deflated image frames", {}},
    {"1.2.840.10008.1.2.6.1", "RFC 2557 MIME encapsulation", {}},
    {"1.2.840.10008.1.2.6.2", "XML encoding", {}},
    {"1.2.840.10008.1.20", "Papyrus 3 implicit VR little endian", {}},
    {"1.2.840.113619.5.2", "GE private implicit VR big endian pixels", {}},
    {"1.2.840.10008.1.2.4.52", "JPEG extended, arithmetic coding (processes 3 and 5)", {}},
    {"1.2.840.10008.1.2.4.54", "JPEG spectral selection, arithmetic coding (processes 7 and 9)", {}},
    {"1.2.840.10008.1.2.4.56", "JPEG full progression, arithmetic coding (processes 11 and 13)", {}},
    {"1.2.840.10008.1.2.4.58", "JPEG lossless, arithmetic coding (process 15)", {}},
    {"1.2.840.10008.1.2.4.59", "JPEG extended hierarchical (processes 16 and 18)", {}},
    {"1.2.840.10008.1.2.4.60", "JPEG extended hierarchical, arithmetic coding (processes 17 and 19)", {}},
    {"1.2.840.10008.1.2.4.61", "JPEG spectral selection hierarchical (processes 20 and 22)", {}},
    {"1.2.840.10008.1.2.4.62",
     "JPEG spectral selection hierarchical, arithmetic coding (processes 21 and 23)",
     {}},
    {"1.2.840.10008.1.2.4.63", "JPEG full progression hierarchical (processes 24 and 26)", {}},
    {"1.2.840.10008.1.2.4.64",
     "JPEG full progression hierarchical, arithmetic coding (processes 25 and 27)",
     {}},
    {"1.2.840.10008.1.2.4.65", "JPEG lossless hierarchical (process 28)", {}},
    {"1.2.840.10008.1.2.4.66", "JPEG lossless hierarchical, arithmetic coding (process 29)", {}},
};

const Row* row_of(std::string_view uid) {
  const auto* found =
      std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return row.uid == uid; });
  return found == std::end(rows) ? nullptr : found;
}

}  // namespace

std::optional<PixelCoding> pixel_coding(std::string_view transfer_syntax_uid) {
  const Row* row = row_of(transfer_syntax_uid);
  return row == nullptr ? std::nullopt : row->coding;
}

std::string transfer_syntax_name(std::string_view transfer_syntax_uid) {
  const Row* row = row_of(transfer_syntax_uid);
  return std::string(row == nullptr ? transfer_syntax_uid : row->name);
}

}  // namespace radfm::imaging
