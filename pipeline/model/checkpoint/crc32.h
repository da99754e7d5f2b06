// SPDX-License-Identifier: Apache-2.0
// CRC-32 as zip files carry it (ISO 3309, polynomial 0xEDB88320 reflected), eight bytes a step.
#pragma once

#include <cstddef>
#include <cstdint>

namespace radfm::model {

// The CRC of what `crc` covers (0: nothing yet) followed by these bytes.
std::uint32_t crc32_of(std::uint32_t crc, const void* data, std::size_t bytes);

}  // namespace radfm::model
