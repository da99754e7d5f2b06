// SPDX-License-Identifier: Apache-2.0
// What a holder says of its job while it works.
#include <set>

#include "tests/support/memory_queue.h"

namespace radfm::db {
namespace {

Status within(std::size_t bytes, std::size_t bytes_max, const std::string& code) {
  if (bytes <= bytes_max) return {};
  return permanent_error(code, std::to_string(bytes) + " bytes, over the limit of " + std::to_string(bytes_max));
}

}  // namespace

Result<std::vector<std::string>> MemoryQueue::holders() {
  const auto locked = lock();
  std::set<std::string> names;
  for (const auto& [id, each] : store_->jobs) {
    if (each.holding) names.insert(each.holding->holder);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Status MemoryQueue::heartbeat(const Lease& lease) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  extend(*(*job)->holding, settings_.lease_ms);
  return {};
}

Status MemoryQueue::worker_alive(const std::string& note) {
  const auto locked = lock();
  store_->worker_seen_wall_ms = clock_.wall_ms();
  store_->worker_note = note;
  return {};
}

Status MemoryQueue::set_stage(const Lease& lease, JobStage stage, int done, int of, const std::string& text_so_far) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease);
  if (!held_job) return held_job.error();
  MemoryJob& job = **held_job;
  job.job.stage = stage;
  job.job.progress_done = done;
  job.job.progress_of = of;
  job.text_so_far = text_so_far;
  return {};
}

Status MemoryQueue::note(const Lease& lease, const std::string& kind, const std::string& detail) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  record(lease.job, kind, detail, "worker");
  return {};
}

Status MemoryQueue::set_detail(const Lease& lease, const std::string& detail_json, const std::string& input_digest) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  (*job)->job.detail_json = detail_json;
  (*job)->job.input_digest = input_digest;
  return {};
}

Status MemoryQueue::set_montage(const Lease& lease, const std::vector<std::uint8_t>& png) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  if (Status fits = within(png.size(), montage_bytes_max, "montage_too_large"); !fits) return fits;
  (*job)->montage = png;
  return {};
}

Status MemoryQueue::set_draft_page(const Lease& lease, const std::string& page_json) {
  const auto locked = lock();
  const Result<MemoryJob*> job = held(lease);
  if (!job) return job.error();
  if (Status fits = within(page_json.size(), draft_page_bytes_max, "draft_page_too_large"); !fits) return fits;
  (*job)->draft_page = page_json;
  return {};
}

Status MemoryQueue::hold_text(const Lease& lease, const std::string& text) {
  const auto locked = lock();
  const Result<MemoryJob*> held_job = held(lease);
  if (!held_job) return held_job.error();
  if (Status fits = within(text.size(), held_text_bytes_max, "held_text_too_large"); !fits) return fits;
  Job& job = (*held_job)->job;
  if (job.held_text != text) job.held_released_by.clear();
  job.held_text = text;
  return {};
}

}  // namespace radfm::db
