// SPDX-License-Identifier: Apache-2.0
// The Orthanc beside us, as the worker and radfmctl use it: the index and stored files, never its decoders or its tag parser
// (a hostile stored file kills Orthanc in /tags, /simplified-tags and /preview). One thread.
//
// Errors of every function:
//   transient "orthanc_unreachable"   no connection, or it broke off: Orthanc is down, no failure of the job
//   transient "orthanc_timeout"       no answer within orthanc.timeout_ms
//   transient "orthanc_unauthorized"  401 or 403: an administrator must correct orthanc.username and password
//   transient "orthanc_error"         another answer that is no success
//   transient "orthanc_bad_answer"    an answer that cannot be read
//   permanent "orthanc_too_large"     more than the limit that is named below
//   cancelled "woken"                 the job was interrupted
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/study_index.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::orthanc {

inline constexpr std::uint64_t orthanc_json_bytes_max = 256ull << 20;  // 20,000 instances in bulk-content are 40 MB
inline constexpr std::uint64_t orthanc_small_answer_bytes_max = 1ull << 20;
inline constexpr std::uint64_t instance_bytes_max = 4ull << 30;
inline constexpr std::uint64_t result_bytes_max = 64ull << 20;  // an object of ours that is read back

struct PatientStudy {
  std::string orthanc_id;
  std::string study_instance_uid, study_date, study_time;
  std::string patient_id;  // as Orthanc's index has it: only to see whether it is empty
};

class Orthanc {
 public:
  virtual ~Orthanc() = default;

  virtual Status system() = 0;  // does it answer, and does it take our credentials?
  // permanent "study_gone" when Orthanc has no such study (any more).
  virtual Result<StudyIndex> study_index(const std::string& orthanc_study_id) = 0;
  // The Orthanc identifier of a study; nothing when it is unknown. permanent "study_ambiguous" when several patients
  // have a study of that UID.
  virtual Result<std::optional<std::string>> find_study(const std::string& study_instance_uid) = 0;
  virtual Result<std::vector<PatientStudy>> patient_studies(const std::string& orthanc_patient_id) = 0;
  // The stored files, each in a file without a name on our disk, in the order in which they were asked for. `progress` is
  // told now and then how many are there, by the calling thread; it may be null. transient "instance_gone" when one was deleted
  // meanwhile, transient "disk_full" when there is no room for it.
  using FetchedCount = std::function<void(std::size_t fetched)>;
  virtual Result<std::vector<process::FileDescriptor>> fetch_files(const std::vector<std::string>& orthanc_instance_ids,
                                                                   const FetchedCount& progress) = 0;

  enum class Stored { success, already_stored };
  // permanent "orthanc_refused_object" when Orthanc answers that the file is not acceptable.
  virtual Result<Stored> store_instance(const std::vector<std::uint8_t>& dicom) = 0;
  virtual Result<std::optional<std::string>> find_instance(const std::string& sop_instance_uid) = 0;
  virtual Result<std::vector<std::uint8_t>> read_instance(const std::string& orthanc_instance_id) = 0;
  // The study's metadata core/job.h orthanc_metadata_number; empty when it has none.
  virtual Result<std::string> read_mark(const std::string& orthanc_study_id) = 0;
  virtual Status put_mark(const std::string& orthanc_study_id, const std::string& text) = 0;
};

// Orthanc itself does not answer, so nothing is the job's fault: the job is handed back and no attempt is spent.
bool orthanc_is_away(const Error& error);

}  // namespace radfm::orthanc
