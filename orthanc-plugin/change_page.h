// SPDX-License-Identifier: GPL-3.0-or-later
// Orthanc's answers about what happened, as values: one page of /changes, one study, one page of /studies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace radfm::plugin {

enum class ChangeKind { instance_arrived, series_arrived, study_arrived, study_stable };

struct Change {
  std::int64_t sequence = 0;
  ChangeKind kind = ChangeKind::study_arrived;
  std::string resource_id;  // Orthanc's identifier of the instance, series or study
  std::optional<std::int64_t> logged_ms;  // when, in whole seconds; nothing when the answer does not say it
};

struct ChangePage {
  std::vector<Change> changes;  // in order; those that say nothing about a study's images are left out
  std::int64_t first = 0;       // number of the first change, also of one that is left out; 0: an empty page
  std::int64_t last = 0;        // the cursor after this page; on an empty page the index's own last number
  bool done = true;             // no more after this page
};

// What /studies/{id}, /series/{id}/study and /instances/{id}/study answer, as far as a change needs it.
struct StudyState {
  std::string orthanc_id;
  std::optional<std::int64_t> last_update_ms;
  bool is_stable = false;
};

// Errors: transient "orthanc_answer", since only a broken or half-started Orthanc answers something else.
Result<ChangePage> parse_change_page(std::string_view json);
Result<StudyState> parse_study_state(std::string_view json);
Result<std::vector<StudyState>> parse_study_states(std::string_view json);  // POST /tools/bulk-content, Level Study
Result<std::vector<std::string>> parse_id_list(
    std::string_view json);  // identifiers of another form are left out

// Five groups of eight hexadecimal digits, joined by dashes. Anything else is never made part of a request.
bool is_orthanc_id(std::string_view text);

}  // namespace radfm::plugin
