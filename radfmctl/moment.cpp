// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/moment.h"

#include "core/dicom_time.h"

namespace radfm::ctl {

std::optional<std::int64_t> parse_moment(const std::string& text) {
  const std::optional<DicomDate> date = parse_da(text.substr(0, 8));
  if (!date) return std::nullopt;
  std::int64_t ms = days_since_1970(*date) * 86'400'000;
  if (text.size() > 8) {
    const std::optional<std::int64_t> time = parse_tm_ms(text.substr(8));
    if (!time) return std::nullopt;
    ms += *time;
  }
  return ms;
}

}  // namespace radfm::ctl
