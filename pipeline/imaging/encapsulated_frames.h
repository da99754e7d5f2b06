// SPDX-License-Identifier: Apache-2.0
// Which fragments of encapsulated pixel data (PS3.5 A.4) belong to which frame. Tables of offsets are hints:
// they are wrong or missing often enough.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/transfer_syntax.h"

namespace radfm::imaging {

using Bytes = std::span<const std::uint8_t>;

// Looks at bytes that somebody else owns.
class EncapsulatedFrames {
 public:
  // `fragments` without the offset table; `offsets` is the Basic or the Extended Offset Table (from the first
  // fragment's item tag), empty when there is none. In this order: one frame takes all fragments; as many
  // fragments as frames are one each; fragments that begin as a code stream of this coding begin a frame,
  // when there are as many as frames; the offset table, when each offset is the beginning of a fragment. Else
  // the frames cannot be told apart: permanent "broken".
  static Result<EncapsulatedFrames> find(std::vector<Bytes> fragments,
                                         const std::vector<std::uint64_t>& offsets, int frames,
                                         PixelCoding coding);

  int frames() const { return static_cast<int>(first_fragment_.size()); }
  // The code stream of a frame, in one piece: `joined` holds it where it has several fragments.
  Bytes stream(int frame, std::vector<std::uint8_t>& joined) const;

 private:
  std::vector<Bytes> fragments_;
  std::vector<std::size_t> first_fragment_;  // of each frame, ascending
};

}  // namespace radfm::imaging
