// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/reader_client.h"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/clock.h"
#include "pipeline/imaging/encapsulated_document.h"
#include "pipeline/imaging/pdf_text.h"
#include "pipeline/imaging/pixel_transfer.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"

namespace radfm::imaging {
namespace {

using process::Frame;
using process::field;
using process::integer_field;
using process::text_field;

constexpr std::int64_t death_wait_ms = 2'000;  // from the closed channel to the end of the process
constexpr std::size_t progress_frames_spare = 100;

// One reader at work on one study. The time limit is for the time without progress: a large study may take long, a single
// file may not. Progress frames that prolong are counted, so that a broken reader cannot prolong for ever.
class ReaderConversation {
 public:
  ReaderConversation(process::ChildProcess child, const ReaderLimits& limits, std::size_t files, int wake_fd)
      : child_(std::move(child)), timeout_ms_(limits.timeout_ms), wake_fd_(wake_fd),
        pdf_text_program_(limits.pdf_text_program), progress_frames_left_(2 * files + progress_frames_spare) {
    restart_clock();
  }

  Result<StudyReading> read(const std::vector<StudyFile>& files, const ReadOptions& options) {
    if (Status sent = send_files(files, options); !sent) return explain(sent.error());
    Result<Frame> answer = next_frame("study");
    if (!answer) return answer.error();
    Result<StudyReading> reading = study_reading_from_json(field(answer->json, "reading"));
    if (!reading) return reading.error();
    if (options.pixels) {
      if (Status status = take_pixels(field(answer->json, "blocks"), &*reading); !status) return status.error();
    }
    if (options.documents) {
      if (Status status = take_documents(field(answer->json, "documents"), &*reading); !status) return status.error();
    }
    return reading;
  }

 private:
  void restart_clock() { deadline_boot_ms_ = clock_.boot_ms() + timeout_ms_; }

  Status send_files(const std::vector<StudyFile>& files, const ReadOptions& options) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      // The offset is shared with whoever read this descriptor before.
      ::lseek(files[i].fd.get(), 0, SEEK_SET);
      const nlohmann::json frame = {{"type", "file"}, {"label", files[i].label.empty() ? std::to_string(i) : files[i].label}};
      if (Status sent = child_.channel().send(frame, {files[i].fd.get()}, deadline_boot_ms_); !sent) return sent;
    }
    return child_.channel().send({{"type", "read"}, {"options", to_json(options)}}, {}, deadline_boot_ms_);
  }

  // The next frame of that type. Progress in between is taken as a sign of life, all else as a broken reader.
  Result<Frame> next_frame(const std::string& wanted) {
    for (;;) {
      Result<Frame> frame = child_.channel().receive(deadline_boot_ms_, wake_fd_);
      if (!frame) return explain(frame.error());
      const std::string type = text_field(frame->json, "type");
      if (type == wanted) return frame;
      if (type == "error") return refusal(frame->json);
      if (type != "progress" || progress_frames_left_ == 0) {
        return poison_error("reader_garbled", "the reader sent messages that do not belong to the conversation");
      }
      --progress_frames_left_;
      restart_clock();
    }
  }

  Status take_pixels(const nlohmann::json& blocks, StudyReading* reading) {
    if ((!blocks.is_array() && !reading->volumes.empty()) || blocks.size() != reading->volumes.size()) {
      return poison_error("reader_garbled", "the reader did not announce pixels for each image");
    }
    std::vector<BlockSizes> sizes;
    std::uint64_t samples = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const BlockSizes block{std::uint64_t(std::max<std::int64_t>(integer_field(blocks[i], "display_bytes"), 0)),
                             std::uint64_t(std::max<std::int64_t>(integer_field(blocks[i], "values_bytes"), 0))};
      if (Status status = check_block(reading->volumes[i], block); !status) return status;
      samples += block.display_bytes;
      if (samples > study_samples_max) {
        return permanent_error("study_too_large", "the images of the study have more pixels than can be taken over");
      }
      sizes.push_back(block);
    }
    for (const BlockSizes& block : sizes) {
      if (block.display_bytes == 0) {
        reading->pixels.emplace_back();
        continue;
      }
      Result<Frame> frame = next_frame("block");
      if (!frame) return frame.error();
      Result<PixelBlock> pixels = take_block(block, std::move(frame->descriptors));
      if (!pixels) return pixels.error();
      reading->pixels.push_back(std::move(*pixels));
      restart_clock();
    }
    return {};
  }

  // The reader hands out the bytes of PDFs as it found them; another process, as confined as itself, reads their texts.
  Status take_documents(const nlohmann::json& documents, StudyReading* reading) {
    if (!documents.is_array()) return {};
    if (documents.size() > report_documents_max) return garbled_documents();
    std::vector<std::pair<std::size_t, process::SharedBytes>> taken;
    for (const nlohmann::json& document : documents) {
      const std::int64_t report = integer_field(document, "report", -1), bytes = integer_field(document, "bytes");
      if (report < 0 || std::size_t(report) >= reading->reports.size() || bytes < 1 || std::size_t(bytes) > encapsulated_bytes_max) {
        return garbled_documents();
      }
      Result<Frame> frame = next_frame("document");
      if (!frame) return frame.error();
      if (frame->descriptors.size() != 1) return garbled_documents();
      auto shared = process::SharedBytes::of(std::move(frame->descriptors.front()), std::size_t(bytes));
      if (!shared) return shared.error();
      taken.emplace_back(std::size_t(report), std::move(*shared));
      restart_clock();
    }
    for (const auto& [report, bytes] : taken) {
      Result<std::string> text = pdf_text(bytes.fd(), {.program = pdf_text_program_}, wake_fd_);
      if (!text && text.error().error_class == ErrorClass::cancelled) return text.error();
      if (text) {
        reading->reports[report].text = std::move(*text);
      } else {
        reading->reports[report].text_missing = text.error().message;
      }
    }
    return {};
  }

  static Error garbled_documents() {
    return poison_error("reader_garbled", "the reader announced documents that cannot be");
  }

  // What the reader says of itself. What one study's files can bring about must not be retried for ever: only a machine
  // without shared memory is a passing matter.
  static Error refusal(const nlohmann::json& frame) {
    Error error = process::error_from_frame("reader", frame);
    if (error.error_class == ErrorClass::transient && error.code != "no_shared_memory") {
      error.error_class = ErrorClass::poison;
    }
    return error;
  }

  // What a failed send or receive means for the study.
  Error explain(const Error& error) {
    if (error.code == "timeout") {
      child_.kill_and_reap();
      return poison_error("reader_timeout", "the reader made no progress on the study's files for " +
                                                std::to_string(timeout_ms_ / 1000) + " s and was killed");
    }
    if (error.code == "bad_frame") {
      child_.kill_and_reap();
      return poison_error("reader_garbled", error.message);
    }
    if (error.code == "peer_gone") {
      const std::optional<process::ChildEnd> end = child_.wait(death_wait_ms);
      return process::death_error("reader", end ? *end : child_.kill_and_reap());
    }
    return error;
  }

  SystemClock clock_;
  process::ChildProcess child_;
  std::int64_t timeout_ms_;
  int wake_fd_;
  std::filesystem::path pdf_text_program_;
  std::size_t progress_frames_left_;
  std::int64_t deadline_boot_ms_ = 0;
};

}  // namespace

namespace {

Result<process::ChildProcess> start_reader(const ReaderLimits& limits) {
  return process::ChildProcess::start(limits.program, {}, {limits.memory_max_mb, 0});
}

}  // namespace

void SpareReader::start(const ReaderLimits& limits) {
  if (child_ && child_->running()) return;
  child_.reset();
  Result<process::ChildProcess> child = start_reader(limits);
  if (child) child_ = std::move(*child);
}

std::optional<process::ChildProcess> SpareReader::take() {
  std::optional<process::ChildProcess> taken = std::exchange(child_, std::nullopt);
  if (!taken || !taken->running()) return std::nullopt;
  taken->note_work_begins();
  return taken;
}

Result<StudyReading> read_study(const std::vector<StudyFile>& files, const ReadOptions& options,
                                const ReaderLimits& limits, int wake_fd, SpareReader* spare) {
  std::optional<process::ChildProcess> waiting = spare != nullptr ? spare->take() : std::nullopt;
  Result<process::ChildProcess> child = waiting ? Result<process::ChildProcess>(std::move(*waiting)) : start_reader(limits);
  if (!child) return child.error();
  return ReaderConversation(std::move(*child), limits, files.size(), wake_fd).read(files, options);
}

}  // namespace radfm::imaging
