// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/file_meta.h"

#include <zlib.h>

#include <cstring>
#include <memory>
#include <string_view>

namespace radfm::imaging {
namespace {

constexpr std::size_t preamble_bytes = 128, inflate_step_bytes = std::size_t{1} << 20;

std::string uid_text(std::span<const std::uint8_t> value) {
  std::string text(value.begin(), value.end());
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.pop_back();
  return text.find_first_not_of("0123456789.") == std::string::npos ? text : std::string();
}

bool has_long_length(std::string_view vr) {
  return vr == "OB" || vr == "OW" || vr == "OF" || vr == "SQ" || vr == "UN" || vr == "UT" || vr == "UC" ||
         vr == "UR";
}

Error damaged() {
  return permanent_error("broken", "the file meta information ends early; send the file again");
}

std::vector<std::uint8_t> inflate_with(std::span<const std::uint8_t> bytes, std::size_t bytes_max,
                                       int window_bits, bool* whole) {
  *whole = false;
  z_stream stream{};
  if (inflateInit2(&stream, window_bits) != Z_OK) return {};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef*>(bytes.data());  // zlib's interface; it does not write there
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::vector<std::uint8_t> out;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= bytes_max) {
    const std::size_t before = out.size();
    out.resize(before + inflate_step_bytes);
    stream.next_out = out.data() + before;
    stream.avail_out = static_cast<uInt>(inflate_step_bytes);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  *whole = state == Z_STREAM_END;
  return out;
}

}  // namespace

Result<FileMeta> read_file_meta(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < preamble_bytes + 4 || std::memcmp(&bytes[preamble_bytes], "DICM", 4) != 0) {
    return permanent_error("not_dicom", "the file has no DICOM mark at byte 128, so it is no DICOM file");
  }
  FileMeta meta;
  std::size_t at = preamble_bytes + 4;
  while (bytes.size() - at >= 8 && bytes[at] == 0x02 && bytes[at + 1] == 0x00) {
    const int element = bytes[at + 2] | bytes[at + 3] << 8;
    const std::string vr{static_cast<char>(bytes[at + 4]), static_cast<char>(bytes[at + 5])};
    std::size_t length = static_cast<std::size_t>(bytes[at + 6] | bytes[at + 7] << 8);
    at += 8;
    if (has_long_length(vr)) {
      if (bytes.size() - at < 4) return damaged();
      length = bytes[at] | std::size_t{bytes[at + 1]} << 8 | std::size_t{bytes[at + 2]} << 16 |
               std::size_t{bytes[at + 3]} << 24;
      at += 4;
    }
    if (length > bytes.size() - at) return damaged();
    if (element == 0x0002) meta.sop_class_uid = uid_text(bytes.subspan(at, length));
    if (element == 0x0010) meta.transfer_syntax_uid = uid_text(bytes.subspan(at, length));
    at += length;
  }
  meta.data_set_at = at;
  return meta;
}

Result<std::vector<std::uint8_t>> inflate_data_set(std::span<const std::uint8_t> bytes,
                                                   std::size_t bytes_max) {
  bool whole = false;
  auto out = inflate_with(bytes, bytes_max, -MAX_WBITS, &whole);
  if (!whole && out.size() <= bytes_max) out = inflate_with(bytes, bytes_max, MAX_WBITS, &whole);
  if (out.size() > bytes_max) {
    return permanent_error(
        "file_too_large", "the deflated data set is larger than " + std::to_string(bytes_max >> 20) + " MiB");
  }
  if (!whole) return permanent_error("broken", "the deflated data set is damaged; send the file again");
  return out;
}

}  // namespace radfm::imaging
