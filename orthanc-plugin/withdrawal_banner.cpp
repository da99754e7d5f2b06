// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/withdrawal_banner.h"

#include "core/dicom_time.h"
#include "orthanc-plugin/report_page.h"

namespace radfm::plugin {
namespace {

enum class Progress { under_way, stopped, everywhere };

Progress progress_of(const db::Job& job) {
  if (job.outcome == db::withdrawn_outcome) return Progress::everywhere;
  return job.state == JobState::dead || job.state == JobState::cancelled ? Progress::stopped : Progress::under_way;
}

std::string what_archives_know(const db::Job& job) {
  switch (progress_of(job)) {
    case Progress::everywhere: return "Each archive that was sent this draft was sent a note that rejects it.";
    case Progress::under_way: return "The note that rejects it is still on its way to the archives that have it.";
    case Progress::stopped:
      return "Not every archive that has this draft was sent the note that rejects it: <a href=\"/radfm/#job-" + std::to_string(job.id) +
             "\">job " + std::to_string(job.id) + "</a> tells why.";
  }
  broken_invariant("a progress that is none");
}

}  // namespace

std::string withdrawal_in_words(const db::Job& job) {
  if (job.outcome == db::withdrawn_outcome) return "withdrawn";
  if (!job.withdrawal) return {};
  return progress_of(job) == Progress::stopped ? "withdrawn, but not every archive was told (" + std::string(to_string(job.state)) + ")"
                                               : "being withdrawn";
}

std::string withdrawal_banner(const db::Job& job) {
  if (!job.withdrawal) return {};
  const Withdrawal& withdrawal = *job.withdrawal;
  return "<div class=\"withdrawal\" role=\"alert\"><p class=\"withdrawal-mark\">WITHDRAWN</p><p><strong>Do not use this draft.</strong> "
         "It was withdrawn " + std::string(in_words(withdrawal.reason)) + ".</p><dl>" + page_row("Why", withdrawal.why) +
         page_row("By", withdrawal.actor) + page_row("When", format_iso_utc(withdrawal.wall_ms)) + "</dl><p>" + what_archives_know(job) +
         "</p></div>";
}

}  // namespace radfm::plugin
