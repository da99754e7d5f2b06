// SPDX-License-Identifier: Apache-2.0
// A real queue in a temporary folder, with one study in it and in the fake Orthanc.
#pragma once

#include <gtest/gtest.h>

#include "core/study_index.h"
#include "db/queue.h"
#include "tests/worker/fakes.h"
#include "tests/worker/temporary_folder.h"

namespace radfm::test {

inline const std::string study_id = "0123456a-0123456b-0123456c-0123456d-0123456e";
inline const std::string study_uid = "1.2.3";

class QueueFixture : public testing::Test {
 protected:
  QueueFixture() : queue(open()) {
    StudyIndex& study = orthanc.studies[study_id];
    study.orthanc_id = study_id;
    study.study_instance_uid = study_uid;
    study.study_date = "20240601";
    study.is_stable = true;
    study.series.emplace_back();
    add_image("1.2.3.1");
  }

  std::unique_ptr<db::Queue> open() {
    db::OpenQueue how;
    how.path = folder.path() / "queue.sqlite";
    how.settings = settings;
    Result<std::unique_ptr<db::Queue>> opened = db::open_sqlite_queue(how, clock);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(opened).value();
  }

  void add_image(const std::string& uid) {
    orthanc.studies[study_id].series.front().instances.push_back(
        {.orthanc_id = "instance " + uid,
         .sop_instance_uid = uid,
         .sop_class_uid = "1.2.840.10008.5.1.4.1.1.1.1",  // DX for presentation
         .transfer_syntax_uid = "",
         .remote_aet = "",
         .called_aet = ""});
  }

  db::NewJob new_job() const {
    const std::vector<std::string> images = image_instances(orthanc.studies.at(study_id));
    db::NewJob job;
    job.identity = {study_uid, image_digest(images), 0};
    job.orthanc_study_id = study_id;
    job.instances = images;
    job.rule_name = "all";
    job.action.destinations = destinations;
    job.actor = "plugin";
    return job;
  }

  // Makes a job of what Orthanc holds now, and claims it.
  std::pair<db::Job, db::Lease> claimed() {
    if (!queue->settle_study(study_id, new_job())) throw std::runtime_error("no job was made");
    return claim();
  }
  std::pair<db::Job, db::Lease> claim() {
    Result<std::optional<std::pair<db::Job, db::Lease>>> got = queue->claim("boot:1:1");
    if (!got || !got->has_value()) throw std::runtime_error("nothing to claim");
    return **got;
  }
  db::Job job(db::JobId id) { return **queue->job(id); }

  QueueSettings settings;
  ManualClock clock;
  TemporaryFolder folder;
  FakeOrthanc orthanc;
  std::vector<std::string> destinations;
  std::unique_ptr<db::Queue> queue;
};

}  // namespace radfm::test
