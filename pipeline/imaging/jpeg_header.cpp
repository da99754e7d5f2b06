// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/jpeg_header.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace radfm::imaging {
namespace {

constexpr int soi = 0xD8, eoi = 0xD9, sos = 0xDA, dht = 0xC4, jpg = 0xC8, dac = 0xCC, sof_jpeg_ls = 0xF7,
              sof_lossless = 0xC3, app0 = 0xE0, app14 = 0xEE;

bool stands_alone(int marker) {
  return marker == 0x01 || (marker >= 0xD0 && marker <= soi);
}

bool is_frame_header(int marker) {
  return marker == sof_jpeg_ls ||
         (marker >= 0xC0 && marker <= 0xCF && marker != dht && marker != jpg && marker != dac);
}

class MarkerWalk {
 public:
  explicit MarkerWalk(std::span<const std::uint8_t> stream) : stream_(stream) {}

  Result<JpegHeader> run() {
    if (stream_.size() < 4 || stream_[0] != 0xFF || stream_[1] != soi) return damaged();
    at_ = 2;
    while (next_marker()) {
      if (marker_ == eoi) break;
      if (stands_alone(marker_)) continue;
      if (!read_segment()) return damaged();
      if (header_.scans > jpeg_scans_max) {
        return permanent_error("broken", "the JPEG stream has more than " + std::to_string(jpeg_scans_max) +
                                             " scans; send the image uncompressed");
      }
    }
    if (header_.frame_type == 0 || header_.scans == 0) return damaged();
    const int bits_max = header_.frame_type == sof_lossless ? 16 : 15;
    std::erase_if(header_.wild_symbols, [&](std::size_t at) { return stream_[at] <= bits_max; });
    return header_;
  }

 private:
  static Error damaged() {
    return permanent_error("broken", "the JPEG stream of the image is damaged; send the image again");
  }

  // The next FF xx that is a marker: coded data has FF only before 00, or below 80 in JPEG-LS (T.87 A.1).
  bool next_marker() {
    while (stream_.size() - at_ >= 2) {
      const void* found = std::memchr(&stream_[at_], 0xFF, stream_.size() - at_ - 1);
      if (found == nullptr) break;
      at_ = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - stream_.data());
      const int code = stream_[at_ + 1];
      if (code == 0xFF) {
        ++at_;
        continue;
      }
      at_ += 2;
      if (code == 0 || (code < 0x80 && header_.frame_type == sof_jpeg_ls)) continue;
      marker_ = code;
      return true;
    }
    at_ = stream_.size();
    return false;
  }

  bool read_segment() {
    if (stream_.size() - at_ < 2) return false;
    const std::size_t length = u16(0);
    if (length < 2 || length > stream_.size() - at_) return false;
    if (is_frame_header(marker_) && !read_frame_header(length)) return false;
    if (marker_ == dht) note_wild_symbols(length);
    if (marker_ == sos && !read_scan_header(length)) return false;
    if (marker_ == app0 && starts_with(length, "JFIF")) header_.jfif = true;
    if (marker_ == app14 && length >= 14 && starts_with(length, "Adobe")) header_.adobe_colour = byte(13);
    at_ += length;
    return true;
  }

  // T.81 B.2.2: length, precision, rows, columns, components; of each its name and sampling factors.
  bool read_frame_header(std::size_t length) {
    if (header_.frame_type != 0 || length < 8) return false;
    header_.frame_type = marker_;
    header_.precision = byte(2);
    header_.rows = u16(3);
    header_.columns = u16(5);
    header_.components = byte(7);
    if (length < 8 + 3 * static_cast<std::size_t>(header_.components)) return false;
    header_.rgb_component_ids =
        header_.components == 3 && ((byte(8) == 'R' && byte(11) == 'G' && byte(14) == 'B') ||
                                    (byte(8) == 'r' && byte(11) == 'g' && byte(14) == 'b'));
    for (std::size_t i = 1; i < static_cast<std::size_t>(header_.components); ++i) {
      header_.subsampled = header_.subsampled || byte(9 + 3 * i) != byte(9);
    }
    return true;
  }

  // T.81 B.2.4.2: after the length any number of tables: class and place, 16 counts, as many symbols.
  void note_wild_symbols(std::size_t length) {
    for (std::size_t at = 2; at + 17 <= length;) {
      const bool dc = byte(at) >> 4 == 0;
      std::size_t symbols = 0;
      for (std::size_t i = 1; i <= 16; ++i) symbols += static_cast<std::size_t>(byte(at + i));
      at += 17;
      for (std::size_t i = 0; i < symbols && at < length; ++i, ++at) {
        if (dc && byte(at) > 15) header_.wild_symbols.push_back(at_ + at);
      }
    }
  }

  // T.81 B.2.3: length, components, of each two bytes, then three; the first of these is NEAR in JPEG-LS.
  bool read_scan_header(std::size_t length) {
    ++header_.scans;
    if (length < 6) return false;
    const std::size_t near_at = 3 + 2 * static_cast<std::size_t>(byte(2));
    if (near_at + 3 > length) return false;
    if (header_.frame_type == sof_jpeg_ls) header_.near = std::max(header_.near, byte(near_at));
    return true;
  }

  bool starts_with(std::size_t length, std::string_view word) const {
    return length >= 2 + word.size() && std::memcmp(&stream_[at_ + 2], word.data(), word.size()) == 0;
  }
  int byte(std::size_t offset) const { return stream_[at_ + offset]; }
  std::uint16_t u16(std::size_t offset) const {
    return static_cast<std::uint16_t>(stream_[at_ + offset] << 8 | stream_[at_ + offset + 1]);
  }

  std::span<const std::uint8_t> stream_;
  std::size_t at_ = 0;
  int marker_ = 0;
  JpegHeader header_;
};

}  // namespace

Result<JpegHeader> read_jpeg_header(std::span<const std::uint8_t> stream) {
  return MarkerWalk(stream).run();
}

Status same_size(const JpegHeader& header, const PixelFormat& format) {
  if (header.rows == format.rows && header.columns == format.columns && header.components == format.samples)
    return {};
  const auto size = [](int rows, int columns, int samples) {
    return std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(samples);
  };
  return permanent_error(
      "broken", "the compressed pixel data is an image of " +
                    size(header.rows, header.columns, header.components) + ", the header speaks of " +
                    size(format.rows, format.columns, format.samples) + "; send the image again");
}

}  // namespace radfm::imaging
