// SPDX-License-Identifier: Apache-2.0
// What the draft and its companions have in common: the source's patient and study, when it was written, by what.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/report/draft_report.h"

class DcmItem;

namespace radfm::report {

struct ContentTime {
  std::string date, time;
};

// Specific Character Set, the copied header, SOP Common (PS3.3 C.12.1) and equipment. Returns content date and time: in the
// source's Timezone Offset From UTC, if there is one, since that holds for every date and time of the object (PS3.3
// C.12.1.1.8); else as the job has them. Errors: those of copy_header.
Result<ContentTime> write_object_header(const DraftContent& content, std::string_view sop_class_uid,
                                        const std::string& sop_instance_uid, DcmItem& dataset,
                                        std::vector<std::string>& left_out_values);

}  // namespace radfm::report
