// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/queue_add.h"

#include <filesystem>
#include <iostream>

#include "core/study_index.h"
#include "db/study_job.h"
#include "orthanc-client/orthanc_client.h"
#include "radfmctl/command.h"

namespace radfm::ctl {
namespace {

// A Study Instance UID or Orthanc's own identifier (five groups of hex digits, with dashes).
Result<std::string> orthanc_id_of(orthanc::Orthanc& server, const std::string& study) {
  if (study.find('-') != std::string::npos) return study;
  const Result<std::optional<std::string>> found = server.find_study(study);
  if (!found) return found.error();
  if (!found.value()) return permanent_error("study_unknown", "Orthanc has no study " + study + "; send it there first");
  return **found;
}

}  // namespace

int queue_add(const Configuration& configuration, db::Queue& queue, const std::string& study, const std::string& actor,
              const Clock& clock) {
  Result<std::unique_ptr<orthanc::OrthancClient>> server =
      orthanc::OrthancClient::make(configuration.orthanc, std::filesystem::temp_directory_path(), -1);
  if (!server) return complain(server.error());
  const Result<std::string> id = orthanc_id_of(**server, study);
  if (!id) return complain(id.error(), exit_wrong);
  const Result<StudyIndex> index = (*server)->study_index(*id);
  if (!index) return complain(index.error(), exit_wrong);
  const Result<db::NewJob> job = db::job_asked_for(*index, configuration.rules, clock.wall_ms(), actor);
  if (!job) return complain(job.error(), exit_wrong);
  const Result<db::AskedJob> added = db::add_asked_for(queue, *job);
  if (!added) return complain(added.error());
  if (added->result == db::EnqueueResult::existed) {
    return complain("this set of images has its job already (radfmctl queue list --study " + index->study_instance_uid +
                        "); `queue rerun ID` makes another report", exit_wrong);
  }
  std::cout << "study " << index->study_instance_uid << ": queued under rule " << job->rule_name << "\n";
  return exit_done;
}

}  // namespace radfm::ctl
