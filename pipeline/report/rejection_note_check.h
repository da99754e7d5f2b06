// SPDX-License-Identifier: Apache-2.0
// The project's own rules of a rejection note (rejection_note.h), as sr_check.h has those of a draft; check_sr() asks them of a
// Key Object Selection Document. Pure function; any thread.
#pragma once

#include <vector>

#include "pipeline/report/sr_check.h"

class DcmFileFormat;

namespace radfm::report {

// What is asked (PS3.3 C.17.6, PS3.16 TID 2010):
//   never_verified   no Verifying Observer, none of the three flags of a report: it vouches for nothing
//   document         the same object in the file's header; modality KO, series 9600 and more, instance 1, named as a withdrawal, valid UIDs
//   template         TID 2010: one of the two titles, a modifier where it says quality, a device as observer
//   structure        only items that the SOP class allows, none below another than the root
//   equipment        who made it: manufacturer, model, software versions
//   text             UTF-8 (ISO_IR 192); the description says that a draft is withdrawn, and is legal
//   evidence         what the tree names is what is listed, once, of its own study, with exactly one SR, and not the note itself
std::vector<SrMistake> check_rejection_note(DcmFileFormat& file);

}  // namespace radfm::report
