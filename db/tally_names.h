// SPDX-License-Identifier: Apache-2.0
// The numbers that a worker adds to the queue's tallies (db/queue.h) and that others show: their names, what their labels are made
// of, and how durations are counted. Labels are words of ours and names from the configuration; nothing of a patient is in them.
//
// Pure functions and constants; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/queue_types.h"

namespace radfm::db {

// Counts. A label of two parts is "FIRST/SECOND"; neither part has a slash.
inline constexpr std::string_view tally_prompt_tokens = "prompt_tokens", tally_generated_tokens = "generated_tokens",  // label: empty
                                  tally_deliveries = "deliveries",        // DESTINATION/RESULT (delivery_results)
                                  tally_attempts = "attempts",            // END/ERROR CLASS (attempt_ends; of a failed one)
                                  tally_outcomes = "outcomes",            // of done jobs, without its code: "skipped"
                                  tally_engine_starts = "engine_starts",  // label: empty; with a model that answers
                                  tally_child_deaths = "child_deaths";    // child_programs: attempts that it cost
inline constexpr std::array<std::string_view, 4> delivery_results{"delivered", "failed", "withheld", "given_up"};
inline constexpr std::array<std::string_view, 4> attempt_ends{"done", "failed", "released", "lost"};
inline constexpr std::array<std::string_view, 2> child_programs{"engine", "reader"};

// Durations, counted in classes: of a family and what it is told apart by, rows "OF/le MS" (so many lasted up to so long, and longer
// than the class before), "OF/more" and "OF/sum" (milliseconds of all of them).
inline constexpr std::string_view tally_stage_ms = "stage_ms",    // of each JobStage that was come through
                                  tally_report_ms = "report_ms",  // "report": from the claim to the stored result
                                  tally_wait_ms = "wait_ms";      // of each Lane: from the job's making to its first claim
inline constexpr std::array<std::int64_t, 15> duration_classes_ms{50,     100,    250,     500,     1'000,     2'500,     5'000,    10'000,
                                                                  30'000, 60'000, 120'000, 300'000, 1'800'000, 3'600'000, 21'600'000};

// The two rows that a duration adds to.
std::vector<Tally> duration_tallies(std::string_view family, std::string_view of, std::int64_t ms);

struct Durations {
  std::array<std::int64_t, duration_classes_ms.size() + 1> in_class{};  // the last: longer than all classes
  std::int64_t sum_ms = 0;
  std::int64_t count() const;
};
// Of one family, by what it is told apart by. Rows that are not understood are left out.
std::map<std::string, Durations> durations_of(const std::vector<Tally>& tallies, std::string_view family);

}  // namespace radfm::db
