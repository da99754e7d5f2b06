// SPDX-License-Identifier: Apache-2.0
#include "worker/withdrawal.h"

#include <algorithm>

#include "core/log.h"
#include "pipeline/report/rejection_note.h"
#include "pipeline/report/sr_check.h"
#include "worker/delivery.h"

namespace radfm::worker {
namespace {

// What the note names: the draft, and the companions whose bytes the queue no longer keeps.
Result<report::RejectionNoteOrder> order_for(const db::Job& job, const std::vector<db::OutboxObject>& objects) {
  report::RejectionNoteOrder order;
  for (const db::OutboxObject& object : objects) {
    if (object.role == db::report_role) {
      order.draft = object.dicom;
    } else if (object.role != db::rejection_role) {
      order.companions.push_back({object.sop_class_uid, object.sop_instance_uid,
                                  report::companion_uids(job.identity, object.role).series_instance_uid});
    }
  }
  if (order.draft.empty()) {
    return permanent_error("report_not_in_outbox", "job " + std::to_string(job.id) +
                                                       ": the queue no longer has the draft itself; reject it by hand where it is stored, "
                                                       "SOP Instance UID " + job.uids.sr_sop_instance_uid);
  }
  order.withdrawal = *job.withdrawal;
  const report::CompanionUids uids = report::rejection_note_uids(job.identity, *job.withdrawal);
  order.series_instance_uid = uids.series_instance_uid;
  order.sop_instance_uid = uids.sop_instance_uid;
  return order;
}

Status store_note(db::Queue& queue, const db::Job& job, const db::Lease& lease) {
  const Result<std::vector<db::OutboxObject>> objects = queue.outbox(job.id);
  if (!objects) return objects.error();
  if (std::ranges::find(*objects, db::rejection_role, &db::OutboxObject::role) != objects->end()) return {};
  const Result<report::RejectionNoteOrder> order = order_for(job, *objects);
  if (!order) return order.error();
  Result<std::vector<std::uint8_t>> note = report::build_rejection_note(*order);
  if (!note) return note.error();
  if (Status passed = report::require_no_mistakes(*note); !passed) return passed;
  return queue.fill_rejection(lease, {std::string(db::rejection_role), std::string(key_object_selection_uid), order->sop_instance_uid,
                                      std::move(note).value()});
}

}  // namespace

Status send_withdrawal(db::Queue& queue, const db::Job& job, const db::Lease& lease, const FindDestination& find) {
  if (!job.withdrawal) broken_invariant("a note for a draft that nobody withdrew");
  if (Status staged = queue.set_stage(lease, JobStage::delivering, 0, 0, ""); !staged) return staged;
  if (Status stored = store_note(queue, job, lease); !stored) return stored;
  if (Status delivered = deliver(queue, job, lease, find); !delivered) return delivered;
  log_line(LogLevel::info, "delivery", "job " + std::to_string(job.id) + ": withdrawn, and each destination that may have the draft was told");
  return {};
}

}  // namespace radfm::worker
