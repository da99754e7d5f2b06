// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace radfm::bench {

// A CT of `count` slices of 512 x 512 pixels of 16 bits, 0.5 mm apart, written into `folder` one file a slice, compressed as
// the transfer syntax says. Pixels of 16 different slices are used in turn. False when a file cannot be written.
bool write_slices(const std::filesystem::path& folder, const std::string& transfer_syntax_uid, int count);

}  // namespace radfm::bench
