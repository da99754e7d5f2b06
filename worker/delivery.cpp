// SPDX-License-Identifier: Apache-2.0
#include "worker/delivery.h"

#include <algorithm>
#include <optional>

#include "core/dead_mark.h"
#include "core/log.h"

namespace radfm::worker {
namespace {

using Presence = Destination::Presence;

Error uid_taken(const std::string& destination, const std::string& uid) {
  return permanent_error("uid_taken", destination + " holds SOP Instance UID " + uid +
                                          " with other content; nothing was overwritten. Compare the two objects, remove "
                                          "the other one there, then retry the job");
}

Error predecessor_waits(const std::string& destination) {
  return transient_error("predecessor_waits", "an earlier report of the study is still on its way to " + destination + "; it goes first");
}

// Whether a question was answered "ours is there".
Result<bool> is_there(Destination& destination, const db::OutboxObject& object, const db::Delivery& delivery) {
  Result<Presence> presence = destination.ask(object, delivery.send_started);
  if (!presence) return presence.error();
  if (*presence == Presence::different) return uid_taken(delivery.destination, object.sop_instance_uid);
  return *presence == Presence::same;
}

Status send_and_read_back(Destination& destination, const db::OutboxObject& object, const std::string& name) {
  if (Status sent = destination.send(object); !sent) return sent;
  Result<Presence> presence = destination.confirm(object);
  if (!presence) return presence.error();
  switch (*presence) {
    case Presence::same:
    case Presence::cannot_tell:
      return {};
    case Presence::different:
      return uid_taken(name, object.sop_instance_uid);
    case Presence::absent:
      break;
  }
  return transient_error("not_stored", name + " took the object but does not hold it when asked; its log says why");
}

Status deliver_one(db::Queue& queue, const db::Lease& lease, const db::Delivery& delivery,
                   const db::OutboxObject& object, Destination& destination, Withholding* withholding) {
  Result<bool> there = is_there(destination, object, delivery);
  if (!there) return there.error();
  if (!*there && withholding != nullptr) {
    if (Status may = withholding->may_send(destination, delivery, object); !may) return may;
  }
  Status begun = queue.begin_send(lease, delivery.role, delivery.destination, destination.send_timeout_ms());
  if (!begun || *there) return begun;
  return send_and_read_back(destination, object, delivery.destination);
}

bool is_withheld(const Status& sent) { return !sent && sent.error().code == final_report_present; }

// A companion that an archive refuses for good: the report is there, and is what counts.
bool may_be_missed(const db::Delivery& delivery, const Error& error) {
  const bool companion = delivery.role != db::report_role && delivery.role != db::rejection_role;
  return companion && error.error_class == ErrorClass::permanent && error.code != "uid_taken";
}

// The order in which errors decide about the job.
int weight(const Error& error) {
  switch (error.error_class) {
    case ErrorClass::cancelled: return 4;
    case ErrorClass::poison: return 3;
    case ErrorClass::vanished: return 2;
    case ErrorClass::transient: return 1;
    case ErrorClass::permanent: return 0;
  }
  broken_invariant("an error class that is none");
}

}  // namespace

Status deliver(db::Queue& queue, const db::Job& job, const db::Lease& lease, const FindDestination& find, Withholding* withholding) {
  Result<std::vector<db::OutboxObject>> objects = queue.outbox(job.id);
  if (!objects) return objects.error();
  Result<std::vector<db::Delivery>> deliveries = queue.deliveries(job.id);
  if (!deliveries) return deliveries.error();
  std::optional<Error> decisive;
  const auto failed = [&](const Error& error) {
    if (!decisive || weight(error) > weight(*decisive)) decisive = error;
  };
  for (const db::Delivery& delivery : *deliveries) {
    if (delivery.delivered) continue;
    const auto object = std::ranges::find(*objects, delivery.role, &db::OutboxObject::role);
    if (object == objects->end()) {
      // Both were read one after the other: somebody withdrew the report in between. Then the lease is gone too, and the queue says so.
      return permanent_error("object_not_in_outbox", "job " + std::to_string(job.id) + ": its " + delivery.role +
                                                         " is not in the outbox any more; look at the job's events, then retry it or run it again");
    }
    const std::unique_ptr<Destination> destination = find(delivery.destination);
    if (!destination) {
      failed(permanent_error("destination_unknown", "the configuration has no pacs entry named " + delivery.destination +
                                                        "; add it, or correct the rule, then retry the job"));
      continue;
    }
    Status sent = delivery.predecessor_waits ? Status(predecessor_waits(delivery.destination))
                                             : deliver_one(queue, lease, delivery, *object, *destination, withholding);
    if (!sent && sent.error().error_class == ErrorClass::cancelled) return sent;
    const std::string why = sent ? "" : sent.error().code + ": " + sent.error().message;
    if (!sent && !is_withheld(sent) && may_be_missed(delivery, sent.error())) {
      if (Status given_up = queue.give_up_send(lease, delivery.role, delivery.destination, why); !given_up) failed(given_up.error());
      log_line(LogLevel::warning, "delivery", "job " + std::to_string(job.id) + ": " + delivery.role + " to " + delivery.destination + " is not sent any more: " + why);
      continue;
    }
    if (is_withheld(sent) && delivery.error == why) continue;  // said at an earlier attempt
    Status ended = queue.end_send(lease, delivery.role, delivery.destination, sent.ok(), why);
    if (!ended && ended.error().error_class == ErrorClass::cancelled) return ended;
    if (!sent && !is_withheld(sent)) failed(sent.error());
    if (!ended) failed(ended.error());
    // Orthanc has another report under our UID: one that this queue does not know any more (db/queue_file.h). Two contents of one UID
    // must not be in the house.
    const bool another_is_ours = !sent && sent.error().code == "uid_taken" && delivery.destination == orthanc_destination;
    if (another_is_ours && delivery.role == db::report_role) return *decisive;
    log_line(sent ? LogLevel::info : LogLevel::warning, "delivery",
             "job " + std::to_string(job.id) + ": " + delivery.role + " to " + delivery.destination +
                 (sent ? ": delivered" : ": " + why));
  }
  if (decisive) return *decisive;
  return {};
}

Status mark_study(db::Queue& queue, Orthanc& orthanc, const db::Job& job, const db::Lease& lease) {
  Result<std::string> existing = orthanc.read_mark(job.orthanc_study_id);
  Status marked;
  if (!existing) {
    marked = existing.error();
  } else {
    const DeliveredMark mark{job.identity.digest, job.identity.run, job.revision, job.uids.sr_sop_instance_uid};
    marked = orthanc.put_mark(job.orthanc_study_id, add_delivered_mark(*existing, mark));
  }
  if (marked || orthanc::orthanc_is_away(marked.error()) || marked.error().error_class == ErrorClass::cancelled) return marked;
  log_line(LogLevel::warning, "delivery",
           "job " + std::to_string(job.id) + ": the study could not be marked: " + marked.error().message);
  Status noted = queue.note(lease, "mark_failed", marked.error().code + ": " + marked.error().message);
  if (!noted && noted.error().error_class == ErrorClass::cancelled) return noted;
  return {};
}

void mark_dead(Orthanc& orthanc, const db::Job& job, const std::string& code) {
  const Result<std::string> existing = orthanc.read_mark(job.orthanc_study_id);
  const Status marked =
      existing ? orthanc.put_mark(job.orthanc_study_id, add_dead_mark(*existing, job.identity, code)) : Status(existing.error());
  if (!marked) {
    log_line(LogLevel::warning, "delivery",
             "job " + std::to_string(job.id) + ": the study could not be marked as dead: " + marked.error().message);
  }
}

}  // namespace radfm::worker
