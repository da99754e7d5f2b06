// SPDX-License-Identifier: Apache-2.0
// What gets to destinations: only what the queue acknowledged to have stored, after an acknowledged begin_send, each identity
// once, the reports of a study in the order of their revisions.
#include "tests/simulation/oracle.h"

namespace radfm::simulation {

const KnownJob* Oracle::job_of(const std::string& uid) const {
  const auto found = job_of_uid_.find(uid);
  return found == job_of_uid_.end() ? nullptr : &jobs_.at(found->second.first);
}

void Oracle::read_outbox(db::JobId job, const std::vector<db::OutboxObject>& objects) {
  const auto found = jobs_.find(job);
  if (violation_ || found == jobs_.end() || found->second.state != JobState::delivering) return;
  for (const auto& [role, digest] : found->second.outbox) {
    bool there = false;
    for (const db::OutboxObject& object : objects) there = there || (object.role == role && digest_of(object.dicom) == digest);
    if (!there) fail("sent_unstored", name(found->second) + ": the " + role + " in the outbox is not the one that was stored");
  }
}

void Oracle::asked(const std::string& destination, const std::string& uid, const db::Lease& by, bool there) {
  asked_[{destination, uid, by.token}] = there;
}

void Oracle::sends(const std::string& destination, const std::string& uid, const std::vector<std::uint8_t>& bytes, const db::Lease& by) {
  const auto found = job_of_uid_.find(uid);
  if (violation_) return;
  if (found == job_of_uid_.end()) return fail("sent_unstored", destination + " was sent " + uid + ", which stands in no outbox");
  const auto& [id, role] = found->second;
  const KnownJob& job = jobs_.at(id);
  const std::string what = name(job) + ": " + role + " to " + destination;
  if (!begun_by_.contains({id, role, destination, by.token})) {
    return fail("sent_without_begin", what + " was sent by somebody who had not begun the send");
  }
  const auto stored = job.outbox.find(role);
  const bool still_his = job.holding && job.holding->token == by.token;
  if (still_his && (stored == job.outbox.end() || stored->second != digest_of(bytes))) {
    return fail("sent_unstored", what + " was sent with bytes that are not those in the outbox");
  }
  const auto asked = asked_.find({destination, uid, by.token});
  if (asked != asked_.end() && asked->second) fail("second_send", what + " was sent again to a destination that had said that it is there");
}

void Oracle::arrives(const std::string& destination, const std::string& uid, const std::vector<std::uint8_t>& bytes) {
  const auto found = job_of_uid_.find(uid);
  if (violation_ || found == job_of_uid_.end() || is_foreign(destination, uid)) return;
  const auto [before, is_first] = arrived_.insert({{destination, uid}, digest_of(bytes)});
  const auto& [id, role] = found->second;
  const KnownJob& job = jobs_.at(id);
  if (!is_first) {
    if (before->second != digest_of(bytes)) fail("second_content", name(job) + ": " + destination + " got its " + role + " twice, with two contents");
    return;
  }
  if (role != db::report_role || job.people_stepped_in) return;
  for (const auto& [other_id, other] : jobs_) {
    if (other.identity.study_instance_uid != job.identity.study_instance_uid || other.people_stepped_in || other_id == id) continue;
    if (other.revision > job.revision && arrived_.contains({destination, other.uids.sr_sop_instance_uid})) {
      fail("revision_order", name(job) + ", revision " + std::to_string(job.revision) + ", came to " + destination + " after revision " +
                                 std::to_string(other.revision));
    }
  }
}

}  // namespace radfm::simulation
