// SPDX-License-Identifier: Apache-2.0
#include "worker/study_fetch.h"

#include "pipeline/imaging/index_choice.h"

namespace radfm::worker {

Result<StudyFetch> fetch_study(Orthanc& orthanc, const StudyIndex& study, bool images, int slices_max,
                               const FetchProgress& progress) {
  imaging::FetchChoice choice = imaging::choose_to_fetch(study, images, slices_max);
  std::vector<std::string> ids;
  for (const IndexedInstance* instance : choice.instances) ids.push_back(instance->orthanc_id);
  progress(0, int(ids.size()));
  Result<std::vector<process::FileDescriptor>> files =
      orthanc.fetch_files(ids, [&](std::size_t fetched) { progress(int(fetched), int(ids.size())); });
  if (!files) return files.error();
  StudyFetch out;
  for (process::FileDescriptor& file : *files) out.files.push_back({std::move(file), std::to_string(out.files.size())});
  out.thinned = std::move(choice.thinned);
  return out;
}

}  // namespace radfm::worker
