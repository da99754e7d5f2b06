// SPDX-License-Identifier: Apache-2.0
// The note that withdraws a draft: a Key Object Selection Document (PS3.3 A.35.4, C.17.6; PS3.16 TID 2010) that names the SR
// and its companions as rejected, in a series of its own in the same study (IHE RAD TF-2 4.66, Imaging Object Change
// Management). An archive that follows it hides what is named from those who read reports; one that does not has a document
// beside the draft that says so. Pure functions: the same input gives the same bytes; any thread.
//
// The observer is the device, as in the draft: no person stands in the object as one who observed or vouches for anything. That
// a person withdrew it, and in what words, is in the description; who it was stands in the job's history only. The draft's model
// has no part in the note, so no contributing equipment names it. Notes of others are no reports and no images to us
// (core/sop_class.h), and what they name is not looked at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/job.h"
#include "core/result.h"
#include "core/sop_class.h"
#include "core/withdrawal.h"
#include "pipeline/report/companion_objects.h"

namespace radfm::report {

using radfm::key_object_selection_uid;

inline constexpr const char* rejection_series_description = "AI DRAFT report - withdrawn";
inline constexpr int rejection_series_base = 9600;  // plus the draft's number; below the SR's 9900 and its companions': viewers sort by it
// Begins the description: some viewers show no more than a beginning.
inline constexpr const char* withdrawn_notice = "The draft report named here was made by software. A person has withdrawn it. Do not use it.";

// Fixed by the job and by when it was withdrawn: a draft that is withdrawn again has another note.
CompanionUids rejection_note_uids(const JobIdentity& identity, const Withdrawal& withdrawal);

// A companion of the draft; its series: companion_uids() of its role.
struct RejectedObject {
  std::string sop_class_uid, sop_instance_uid, series_instance_uid;
};

struct RejectionNoteOrder {
  std::vector<std::uint8_t> draft;  // the SR, a DICOM file as it stands in the outbox: patient, study and observer are its own
  std::vector<RejectedObject> companions;  // in this order in the note; one that stands twice is named once
  Withdrawal withdrawal;                   // content date and time are its, in the zone of the draft, as the draft's own
  std::string series_instance_uid, sop_instance_uid;  // of the note: rejection_note_uids()
};

// A DICOM file. permanent "report_not_valid" when the draft's bytes are not those of a draft of ours that can be named, or DCMTK
// cannot write the object. UIDs of note and companions must be legal: they are ours.
Result<std::vector<std::uint8_t>> build_rejection_note(const RejectionNoteOrder& order);

}  // namespace radfm::report
