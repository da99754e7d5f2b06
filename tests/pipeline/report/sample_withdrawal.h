// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "pipeline/report/rejection_note.h"
#include "pipeline/report/sr_file.h"
#include "tests/pipeline/report/sample_draft.h"

namespace radfm::report {

inline const JobIdentity withdrawn_job{uid_from_name("test study"), "digest", 0};
inline constexpr std::int64_t withdrawn_ms = 1'773'273'825'000;  // 2026-03-12T00:03:45Z

inline RejectedObject rejected_companion(const std::string& role, std::string_view sop_class_uid) {
  const CompanionUids uids = companion_uids(withdrawn_job, role);
  return {std::string(sop_class_uid), uids.sop_instance_uid, uids.series_instance_uid};
}

// A draft with every companion, withdrawn.
inline RejectionNoteOrder sample_order(RejectionReason reason = RejectionReason::quality, const DraftContent& content = sample_draft()) {
  RejectionNoteOrder order;
  order.draft = build_draft(content)->dicom;
  order.companions = {rejected_companion("pdf", encapsulated_pdf_uid), rejected_companion("page_1", secondary_capture_uid),
                      rejected_companion("page_2", secondary_capture_uid)};
  order.withdrawal = {reason, "The nodule is on the other side.", "administrator:anna", withdrawn_ms};
  const CompanionUids uids = rejection_note_uids(withdrawn_job, order.withdrawal);
  order.series_instance_uid = uids.series_instance_uid;
  order.sop_instance_uid = uids.sop_instance_uid;
  return order;
}

inline std::unique_ptr<DcmFileFormat> read_note(const RejectionNoteOrder& order) {
  const auto note = build_rejection_note(order);
  EXPECT_TRUE(note.ok()) << note.error().message;
  auto file = from_file_bytes(*note);
  return std::move(*file);
}

}  // namespace radfm::report
