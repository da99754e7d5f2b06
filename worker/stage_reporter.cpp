// SPDX-License-Identifier: Apache-2.0
#include "worker/stage_reporter.h"

namespace radfm::worker {

Status StageReporter::write(JobStage stage, int done, int of, const std::string& text_so_far) {
  Status written = queue_.set_stage(lease_, stage, done, of, text_so_far);
  if (!written && written.error().error_class == ErrorClass::cancelled) interrupt_.raise(Interrupt::Reason::lease_lost);
  stage_ = stage;
  written_boot_ms_ = clock_.boot_ms();
  return written;
}

Status StageReporter::begin(JobStage stage) {
  if (turns_ != nullptr) turns_->turn();
  return write(stage, 0, 0, "");
}

void StageReporter::progress(JobStage stage, int done, int of, const std::string& text_so_far) {
  if (turns_ != nullptr) turns_->turn();
  if (stage == stage_ && clock_.boot_ms() - written_boot_ms_ < progress_interval_ms) return;
  if (Status written = write(stage, done, of, text_so_far); !written) return;  // said by the heartbeat, if it lasts
}

}  // namespace radfm::worker
