// SPDX-License-Identifier: Apache-2.0
// Runs radfm-reader over the files of a study. One reader process for each study read, so that a hostile file costs one
// reader: a crash, a time-out or the memory limit is a poison error, the files and the next study are unaffected.
//
// Wire (pipeline/process/channel.h): to the reader {"type":"file","label":"<n>"} + 1 descriptor, ..., then
// {"type":"read","options":{...}}; from it {"type":"progress","done":n,"of":m} frames, then
// {"type":"study","reading":{...},"blocks":[{"display_bytes":n,"values_bytes":n}]} followed by one {"type":"block"} frame per
// volume that was decoded (display_bytes over 0) with 1 or 2 sealed memfds, and by one {"type":"document"} frame with a sealed
// memfd for each entry of "documents":[{"report":index,"bytes":n}]; or {"type":"error","class":...,"code":...,"message":...}
// (pipeline/process/error_frame.h). Each progress frame starts the time limit anew; at most two for each file (and 100).
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "pipeline/imaging/study_reading.h"
#include "pipeline/process/child_process.h"
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
  std::filesystem::path pdf_text_program = "/usr/bin/pdftotext";  // pdf_text.h
};

// A reader that waits for its study: to start one takes as long as to fetch some slices. One thread, which must live as long
// as the reader (pipeline/process/child_process.h).
class SpareReader {
 public:
  SpareReader() = default;
  explicit SpareReader(process::ChildProcess waiting) : child_(std::move(waiting)) {}
  // Nothing happens when one waits already. That none can be started shows when one is needed.
  void start(const ReaderLimits& limits);
  // The one that waits, unless it died meanwhile.
  std::optional<process::ChildProcess> take();

 private:
  std::optional<process::ChildProcess> child_;
};

// `wake_fd`: when readable, the read is given up with cancelled "woken" (negative: none). `spare`: is used up if there is one;
// may be null.
Result<StudyReading> read_study(const std::vector<StudyFile>& files, const ReadOptions& options,
                                const ReaderLimits& limits, int wake_fd = -1, SpareReader* spare = nullptr);

}  // namespace radfm::imaging
