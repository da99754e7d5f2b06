// SPDX-License-Identifier: Apache-2.0
// Reports of others at a destination. An archive that is asked for our draft (pacs[].verify) is asked for them too: by C-FIND
// (PS3.4 C.6.1.1.5) or QIDO-RS; where objects can be fetched from it, those of which it does not say whether they are final,
// and those that it calls final, are looked at like what Orthanc has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/reader_client.h"
#include "scu-scp/prior_source.h"

namespace radfm::worker {

inline constexpr std::size_t destination_documents_max = 200;  // of one study, that a destination is asked for
inline constexpr std::size_t fetched_documents_max = 16;       // of these, that are fetched
inline constexpr std::uint64_t fetched_document_bytes_max = std::uint64_t{16} << 20;

// Looks at reports that were fetched.
struct ReportJudge {
  std::filesystem::path directory;  // for files without a name
  // Drafting::has_final_report
  std::function<Result<bool>(const std::vector<imaging::StudyFile>&)> has_final_report;
};

struct ReportQuestion {
  const scu::PriorSource& source;
  bool fetch = false;          // objects may be fetched
  scu::RetrievalRequest ours;  // the draft that is not there yet: its study, its series, itself
  int wake_fd = -1;
};

// Whether somebody else's final report of the study (pipeline/draft/final_report.h) is there. What is not known is not final:
// what the archive does not say, or does not take as a question, and what cannot be fetched or read. Errors: those that are
// worth another try (transient), and cancelled.
Result<bool> holds_final_report(const ReportQuestion& question, const ReportJudge& judge);

}  // namespace radfm::worker
