// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/encapsulated_frames.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "pipeline/imaging/rle.h"

namespace radfm::imaging {
namespace {

constexpr std::uint64_t item_header_bytes = 8;

bool begins_with(Bytes bytes, std::initializer_list<std::uint8_t> prefix) {
  return bytes.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

bool begins_code_stream(Bytes fragment, PixelCoding coding) {
  switch (coding) {
    case PixelCoding::jpeg:
    case PixelCoding::jpeg_ls:
      return begins_with(fragment, {0xFF, 0xD8, 0xFF});
    case PixelCoding::jpeg_2000:
      return begins_with(fragment, {0xFF, 0x4F, 0xFF, 0x51}) ||
             begins_with(fragment, {0, 0, 0, 12, 'j', 'P', ' ', ' '});
    case PixelCoding::rle:
      return is_rle_header(fragment);
    case PixelCoding::native:
    case PixelCoding::encapsulated_native:
      break;
  }
  return false;
}

std::vector<std::size_t> code_stream_starts(const std::vector<Bytes>& fragments, PixelCoding coding) {
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    if (begins_code_stream(fragments[i], coding)) starts.push_back(i);
  }
  return starts;
}

// Empty when an offset is no beginning of a fragment, or they do not ascend from zero.
std::vector<std::size_t> table_starts(const std::vector<Bytes>& fragments,
                                      const std::vector<std::uint64_t>& offsets) {
  std::vector<std::size_t> starts;
  std::uint64_t at = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < fragments.size() && next < offsets.size(); ++i) {
    if (offsets[next] == at) {
      starts.push_back(i);
      ++next;
    }
    at += item_header_bytes + fragments[i].size();
  }
  if (next != offsets.size() || starts.empty() || starts.front() != 0) starts.clear();
  return starts;
}

}  // namespace

Result<EncapsulatedFrames> EncapsulatedFrames::find(std::vector<Bytes> fragments,
                                                    const std::vector<std::uint64_t>& offsets, int frames,
                                                    PixelCoding coding) {
  EncapsulatedFrames out;
  const auto wanted = static_cast<std::size_t>(frames);
  const auto filled = static_cast<std::size_t>(
      std::count_if(fragments.begin(), fragments.end(), [](Bytes f) { return !f.empty(); }));
  out.fragments_ = std::move(fragments);
  if (filled < wanted || frames < 1) {
    return permanent_error("broken", "the pixel data has " + std::to_string(filled) + " fragments for " +
                                         std::to_string(frames) + " frames; send the image again");
  }
  std::vector<std::size_t>& starts = out.first_fragment_;
  if (wanted == 1) {
    starts = {0};
  } else if (filled == wanted) {
    for (std::size_t i = 0; i < out.fragments_.size(); ++i) {
      if (!out.fragments_[i].empty()) starts.push_back(i);
    }
  } else {
    starts = code_stream_starts(out.fragments_, coding);
    if (starts.size() != wanted) starts = table_starts(out.fragments_, offsets);
  }
  if (starts.size() == wanted) return out;
  return permanent_error("broken", "it cannot be told which of the " + std::to_string(filled) +
                                       " fragments of pixel data belong to which of the " +
                                       std::to_string(frames) + " frames; send the image again");
}

Bytes EncapsulatedFrames::stream(int frame, std::vector<std::uint8_t>& joined) const {
  const auto index = static_cast<std::size_t>(frame);
  const std::size_t first = first_fragment_[index];
  const std::size_t end = index + 1 < first_fragment_.size() ? first_fragment_[index + 1] : fragments_.size();
  if (end - first == 1) return fragments_[first];
  joined.clear();
  for (std::size_t i = first; i < end; ++i) {
    joined.insert(joined.end(), fragments_[i].begin(), fragments_[i].end());
  }
  return joined;
}

}  // namespace radfm::imaging
