// SPDX-License-Identifier: Apache-2.0
// Runs radfm-reader over the files of a study. One reader process for each study read, so that a hostile file costs one
// reader: a crash, a time-out or the memory limit is a poison error, the files and the next study are unaffected.
//
// Wire (pipeline/process/channel.h): to the reader {"type":"file","label":"<n>"} + 1 descriptor, ..., then
// {"type":"read","options":{...}}; from it {"type":"progress","done":n,"of":m} frames, then
// {"type":"study","reading":{...},"blocks":[{"display_bytes":n,"values_bytes":n}]} followed by one {"type":"block"} frame per
// volume that was decoded (display_bytes over 0) with 1 or 2 sealed memfds; or {"type":"error","class":...,"code":...,"message":...}
// (pipeline/process/error_frame.h). Each progress frame starts the time limit anew; at most two for each file (and 100).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/study_reading.h"
#include "pipeline/process/file_descriptor.h"

namespace radfm::imaging {

// An open, readable file. `label` is for messages only (an index or a path given by the user on the command line).
struct StudyFile {
  process::FileDescriptor fd;
  std::string label;
};

struct ReaderLimits {
  std::filesystem::path program;  // radfm-reader
  std::int64_t memory_max_mb = 2'048;
  std::int64_t timeout_ms = 30'000;
};

// `wake_fd`: when readable, the read is given up with cancelled "woken" (negative: none).
Result<StudyReading> read_study(const std::vector<StudyFile>& files, const ReadOptions& options,
                                const ReaderLimits& limits, int wake_fd = -1);

}  // namespace radfm::imaging
