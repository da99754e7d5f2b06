// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scu-scp/object_sink.h"

namespace radfm::scu {

// What stands before the data set in a DICOM file (PS3.10 7.1): preamble, prefix and the file meta
// information. A data set that came over the network is made a file by putting this before it. The names must
// have passed Uid::parse.
std::vector<std::uint8_t> file_head(const ObjectIdentity& identity, const std::string& source_ae_title);

}  // namespace radfm::scu
