// SPDX-License-Identifier: Apache-2.0
// The DICOM conformance statement of this build (after the template of PS3.2 annex N), printed from the tables that the
// network is negotiated from, the reports are coded from and the limits are taken from. Pure functions: the same build
// prints the same bytes.
#pragma once

#include <span>
#include <string>

namespace radfm::ctl {

// For people: docs/dicom-conformance.md is exactly this text.
std::string conformance_markdown();
// For programs: each line that can be negotiated, each limit that can be measured.
std::string conformance_json();

// The parts of the text, in their order.
std::string conformance_overview();
std::string conformance_associations();
std::string conformance_classes();
std::string conformance_web();
std::string conformance_reports();

// PS3.8 9.3.4: how our server rejects an association; always "rejected-permanent" by the service user.
struct Rejection {
  int reason;
  const char* when;
};
inline constexpr Rejection rejections[] = {
    {2, "the application context is another than DICOM's (1.2.840.10008.3.1.1.1)"},
    {7, "the called AE title is not `dicom.ae_title`"},
    {3, "the calling AE title is none of an archive that is asked by C-MOVE"},
};

}  // namespace radfm::ctl
