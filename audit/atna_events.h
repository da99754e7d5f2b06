// SPDX-License-Identifier: Apache-2.0
// Which audit message of PS3.15 A.5.3 an entry of the trail becomes: a table, by the entry's kind.
//
// * What a person or the worker does with a draft or with the images of a study is DICOM Instances Accessed (A.5.3.6: "viewed,
//   utilized, updated, or deleted"): a look is R; the worker's claim, with which it reads the study, R; the finished draft C. A
//   withdrawal is D with the life cycle "logical deletion" (A.5.1.2.3): nothing is erased, the note hides the draft.
// * A list of jobs with their patients is Query (A.5.3.10), action E; the query holds which parameters were asked by, never a patient.
// * A send is Begin Transferring (A.5.3.3) and then DICOM Instances Transferred (A.5.3.7), action R, since the sender does not know
//   whether the receiver had it already.
// * What moves a job (queued, retried, run again, rushed, cancelled, released, failed, done) is Procedure Record (A.5.3.15: "created,
//   accessed, modified, or deleted"): the job is the record of a procedure step on the study. It is no Order Record (A.5.3.14):
//   nobody ordered it.
// * What steers the whole node (pause, resume) or its file is Security Alert "Use of Restricted Function" (A.5.3.11; success makes
//   it informative), as is a request that was refused, with a minor failure ("mitigation efforts were effective"). A changed
//   configuration, and that a person had it read, is "Software Configuration", a DICOM caller that was not let in "Node
//   Authentication"; the beginning of the chain and entries that were lost are "Audit Recording Started" and "Stopped" (CID 403).
// * Start and stop are Application Activity (A.5.3.1), as is a worker that the plugin hears no more (a stop that is a serious failure) or
//   again; reading the trail is Audit Log Used (A.5.3.2).
// There is no User Authentication (A.5.3.12): Orthanc asks for passwords, not this node.
#pragma once

#include <string_view>

namespace radfm::audit {

struct Code {
  std::string_view value, meaning;  // of PS3.16, scheme DCM; empty: none
};

struct AtnaEvent {
  std::string_view kind;  // of the trail's entry
  Code event, type;
  std::string_view action;   // C, R, U, D, E
  std::string_view outcome;  // "0", "4" (minor), "8" (serious)
  enum class Subject { none, study, query, alert, log } subject;
  std::string_view life_cycle = {};  // A.5.1.2.3; empty: not said
};

// An unknown kind of a job is a change of its record; one of no job, the use of a restricted function.
const AtnaEvent& atna_event(std::string_view kind, bool of_job);

inline constexpr Code begin_transfer{"110102", "Begin Transferring DICOM Instances"};
inline constexpr Code transferred{"110104", "DICOM Instances Transferred"};

}  // namespace radfm::audit
