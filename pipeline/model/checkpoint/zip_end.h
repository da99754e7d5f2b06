// SPDX-License-Identifier: Apache-2.0
// The end of a zip file: where its directory lies (APPNOTE.TXT 4.3.14 to 4.3.16). It must stand at the very
// end, without a comment, as PyTorch writes it: then no two readers can see two directories in one file.
#pragma once

#include <cstdint>

#include "core/result.h"
#include "pipeline/model/checkpoint/byte_source.h"

namespace radfm::model::zip {

struct Ends {
  std::uint64_t records = 0, directory_offset = 0, directory_bytes = 0;
};

// The directory ends where the end records begin. Error codes ("checkpoint_"): truncated, not_a_zip,
// legacy_format, bad_zip.
Result<Ends> read_ends(const ByteSource& source);

}  // namespace radfm::model::zip
