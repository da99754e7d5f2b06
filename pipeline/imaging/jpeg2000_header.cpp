// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/jpeg2000_header.h"

#include <algorithm>
#include <array>
#include <string>

namespace radfm::imaging {
namespace {

constexpr int soc = 0xFF4F, siz = 0xFF51, cod = 0xFF52, coc = 0xFF53, sot = 0xFF90, sod = 0xFF93,
              eoc = 0xFFD9;
constexpr std::size_t siz_bytes_min = 41, component_bytes = 3, components_max = 4;
constexpr std::int64_t side_max = 65'535;  // Rows and Columns are US (PS3.3 C.7.6.3.1.1)

std::int64_t parts(std::int64_t whole, std::int64_t part) {
  return (whole + part - 1) / part;
}

class CodeStreamWalk {
 public:
  CodeStreamWalk(std::span<const std::uint8_t> stream, const Jpeg2000Limits& limits)
      : stream_(stream), limits_(limits) {}

  Result<Jpeg2000Header> run() {
    if (!has(4) || u16() != soc) return damaged();
    at_ = 2;
    if (!walk_header(sot) || header_.components == 0 || !coding_seen_) return failure();
    while (has(2) && u16() == sot) {
      if (!walk_tile_part()) return failure();
    }
    return header_;
  }

 private:
  static Error damaged() {
    return permanent_error("broken", "the JPEG 2000 stream of the image is damaged; send the image again");
  }
  Error failure() const { return message_.empty() ? damaged() : permanent_error("broken", message_); }

  // Marker segments up to the marker `end`, which stays.
  bool walk_header(int end) {
    while (has(4)) {
      const int marker = u16();
      if (marker == end) return true;
      if (marker < 0xFF00 || marker == eoc || marker == sod || marker == sot) return false;
      const std::size_t length = u16(2);
      if (length < 2 || !has(2 + length)) return false;
      if (marker == siz && !read_sizes(length)) return false;
      if (marker == cod && !read_coding(length, 4, 9)) return false;
      if (marker == coc && !read_component_coding(length)) return false;
      at_ += 2 + length;
    }
    return false;
  }

  // A.4.2: length, tile, length of the tile part from the marker's first byte (0: to the end), part, parts.
  bool walk_tile_part() {
    if (!has(12)) return false;
    const std::size_t begin = at_, length = u32(6);
    at_ += 12;
    if (!walk_to_data()) return false;
    if (length == 0) {
      at_ = stream_.size();
      return true;
    }
    if (length < at_ - begin || length > stream_.size() - begin) return false;
    at_ = begin + length;
    return true;
  }
  bool walk_to_data() {
    if (!has(2)) return false;
    if (u16() == sod || walk_header(sod)) {
      at_ += 2;
      return true;
    }
    return false;
  }

  // A.5.1
  bool read_sizes(std::size_t length) {
    if (header_.components != 0 || length < siz_bytes_min) return false;
    std::array<std::int64_t, 8> v{};  // Xsiz Ysiz XOsiz YOsiz XTsiz YTsiz XTOsiz YTOsiz
    for (std::size_t i = 0; i < v.size(); ++i) v[i] = u32(6 + 4 * i);
    const std::size_t components = u16(38);
    if (components < 1 || components > components_max || length < 38 + component_bytes * components)
      return false;
    if (v[0] <= v[2] || v[1] <= v[3] || v[4] == 0 || v[5] == 0 || v[6] > v[2] || v[7] > v[3]) return false;
    if (v[6] + v[4] <= v[2] || v[7] + v[5] <= v[3]) return false;  // B.3: the first tile holds some of the image
    header_.columns = v[0] - v[2];
    header_.rows = v[1] - v[3];
    if (header_.columns > side_max || header_.rows > side_max) return false;
    tiles_ = parts(v[0] - v[6], v[4]) * parts(v[1] - v[7], v[5]);
    header_.components = static_cast<int>(components);
    header_.precision = (byte(40) & 0x7F) + 1;
    header_.is_signed = (byte(40) & 0x80) != 0;
    for (std::size_t i = 0; i < components; ++i) {
      const std::size_t at = 40 + component_bytes * i;
      if (byte(at) != byte(40) || byte(at + 1) != 1 || byte(at + 2) != 1) header_.equal_components = false;
    }
    return within(tiles_, limits_.tiles_max, "tiles");
  }

  bool read_component_coding(std::size_t length) {
    // A.6.2: length, component (one byte: there are few), style, then as in COD
    return length >= 9 && read_coding(length, 4, 5);
  }

  // A.6.1: `style_at` from the marker, `levels_at` of the decomposition levels; both COD and COC have levels,
  // code block sizes, style, wavelet and precincts in this order.
  bool read_coding(std::size_t length, std::size_t style_at, std::size_t levels_at) {
    const bool whole = levels_at == 9;
    if (header_.components == 0 || length + 2 < levels_at + 5 + (whole ? 0 : 1)) return false;
    if (whole) {
      coding_seen_ = true;
      layers_ = u16(6);
    }
    const std::size_t at = whole ? levels_at : levels_at + 1;
    const int levels = byte(at), block_bits = byte(at + 1) + byte(at + 2) + 4;
    if (levels > 32 || block_bits > 12) return false;
    if (byte(at + 4) != 1) header_.reversible = false;
    const bool own_precincts = (byte(whole ? style_at : style_at + 1) & 1) != 0;
    if (own_precincts && length + 2 < at + 5 + static_cast<std::size_t>(levels) + 1) return false;
    std::int64_t precincts = 0;
    for (int level = 0; level <= levels; ++level) {
      const int exponents = own_precincts ? byte(at + 5 + static_cast<std::size_t>(level)) : 0xFF;
      const int halvings = std::min(levels - level, 31);
      precincts +=
          parts(parts(header_.columns, std::int64_t{1} << halvings), std::int64_t{1} << (exponents & 15)) *
          parts(parts(header_.rows, std::int64_t{1} << halvings), std::int64_t{1} << (exponents >> 4));
    }
    precincts = (precincts + tiles_ * (levels + 1)) * header_.components;
    const std::int64_t blocks =
        parts(header_.rows * header_.columns, std::int64_t{1} << block_bits) * header_.components;
    return within(precincts, limits_.precincts_max, "precincts") &&
           within(precincts * std::max(layers_, 1), limits_.packets_max, "packets") &&
           within(blocks, limits_.code_blocks_max, "code blocks");
  }

  bool within(std::int64_t count, std::int64_t most, const char* what) {
    if (count <= most) return true;
    message_ = "the JPEG 2000 stream is cut into " + std::to_string(count) + " " + what + ", more than " +
               std::to_string(most) + "; send the image uncompressed";
    return false;
  }

  bool has(std::size_t bytes) const { return stream_.size() - at_ >= bytes; }
  int byte(std::size_t offset) const { return stream_[at_ + offset]; }
  int u16(std::size_t offset = 0) const { return byte(offset) << 8 | byte(offset + 1); }
  std::uint32_t u32(std::size_t offset) const {
    return static_cast<std::uint32_t>(u16(offset)) << 16 | static_cast<std::uint32_t>(u16(offset + 2));
  }

  std::span<const std::uint8_t> stream_;
  const Jpeg2000Limits limits_;
  std::size_t at_ = 0;
  Jpeg2000Header header_;
  std::int64_t tiles_ = 0;
  int layers_ = 1;
  bool coding_seen_ = false;
  std::string message_;
};

}  // namespace

std::span<const std::uint8_t> code_stream_of(std::span<const std::uint8_t> bytes) {
  static constexpr std::uint8_t signature[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
  if (bytes.size() < sizeof signature ||
      !std::equal(std::begin(signature), std::end(signature), bytes.begin()))
    return bytes;
  std::size_t at = 0;
  const auto u32 = [&](std::size_t where) {
    return static_cast<std::uint64_t>(bytes[where]) << 24 |
           static_cast<std::uint64_t>(bytes[where + 1]) << 16 |
           static_cast<std::uint64_t>(bytes[where + 2]) << 8 | bytes[where + 3];
  };
  while (bytes.size() - at >=
         8) {  // I.4: length with its header, type; length 1: 64 bits follow; 0: the rest
    std::uint64_t length = u32(at);
    const std::uint64_t type = u32(at + 4);
    std::size_t header = 8;
    if (length == 1) {
      if (bytes.size() - at < 16) break;
      length = u32(at + 8) << 32 | u32(at + 12);
      header = 16;
    }
    const std::size_t room = bytes.size() - at;
    if (length == 0) length = room;
    if (length < header || length > room) break;
    if (type == 0x6A703263)
      return bytes.subspan(at + header, static_cast<std::size_t>(length) - header);  // jp2c
    at += static_cast<std::size_t>(length);
  }
  return bytes;
}

Result<Jpeg2000Header> read_jpeg_2000_header(std::span<const std::uint8_t> stream,
                                             const Jpeg2000Limits& limits) {
  return CodeStreamWalk(stream, limits).run();
}

}  // namespace radfm::imaging
