// SPDX-License-Identifier: Apache-2.0
#include "worker/study_fetch.h"

#include <algorithm>
#include <tuple>

#include "core/dicom_time.h"
#include "pipeline/imaging/index_choice.h"

namespace radfm::worker {
namespace {

bool is_blank(const std::string& text) { return text.find_first_not_of(' ') == std::string::npos; }

bool within_window(const PatientStudy& study, const StudyIndex& current, int window_years) {
  const std::optional<DicomDate> prior = parse_da(study.study_date);
  const std::optional<DicomDate> now = parse_da(current.study_date);
  return prior && now && age_years(*prior, *now) < window_years;
}

}  // namespace

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

std::vector<PatientStudy> choose_prior_candidates(const std::vector<PatientStudy>& studies, const StudyIndex& current,
                                                  const PriorSettings& settings) {
  std::vector<PatientStudy> chosen;
  for (const PatientStudy& study : studies) {
    if (is_blank(study.patient_id)) return {};
    if (study.study_instance_uid == current.study_instance_uid) continue;
    // No zone stands in the index; the pipeline asks again with the files' own.
    const bool before =
        certainly_before(study.study_date, study.study_time, "", current.study_date, current.study_time, "");
    if (before && within_window(study, current, settings.window_years)) chosen.push_back(study);
  }
  std::ranges::sort(chosen, [](const PatientStudy& a, const PatientStudy& b) {
    return std::tie(b.study_date, b.study_time, b.study_instance_uid) <
           std::tie(a.study_date, a.study_time, a.study_instance_uid);
  });
  if (chosen.size() > prior_candidates_max) chosen.resize(prior_candidates_max);
  return chosen;
}

Result<PriorFetch> fetch_priors(Orthanc& orthanc, const StudyIndex& current, const PriorSettings& settings, int slices_max,
                                const FetchProgress& progress) {
  PriorFetch out;
  if (settings.images_max <= 0 && settings.reports_max <= 0) return out;
  Result<std::vector<PatientStudy>> studies = orthanc.patient_studies(current.orthanc_patient_id);
  if (!studies) return studies.error();
  const std::vector<PatientStudy> chosen = choose_prior_candidates(*studies, current, settings);
  int with_images = settings.images_max > 0 ? settings.images_max + prior_image_candidates_beyond : 0;
  for (const PatientStudy& candidate : chosen) {
    progress(int(out.candidates.size()), int(chosen.size()));
    const auto left_out = [&](const Error& error) {
      out.not_fetched.push_back("The prior study of " + candidate.study_date + " could not be fetched (" + error.code + ").");
      return error.error_class == ErrorClass::cancelled || orthanc::orthanc_is_away(error) || error.code == "disk_full";
    };
    Result<StudyIndex> index = orthanc.study_index(candidate.orthanc_id);
    if (!index) {
      if (left_out(index.error())) return index.error();
      continue;
    }
    const bool images = with_images > 0 && !image_instances(*index).empty();
    Result<StudyFetch> files = fetch_study(orthanc, *index, images, slices_max, [](int, int) {});
    if (!files) {
      if (left_out(files.error())) return files.error();
      continue;
    }
    if (files->files.empty()) continue;
    if (images) --with_images;
    out.candidates.push_back({std::move(files->files), std::move(files->thinned)});
  }
  return out;
}

}  // namespace radfm::worker
