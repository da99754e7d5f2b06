// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicomweb/web_source.h"
#include "worker/destination.h"

namespace radfm::worker {

// An archive that takes drafts by STOW-RS; with `fetch` it is asked by WADO-RS, and what it holds is compared.
class WebDestination final : public Destination {
 public:
  WebDestination(dicomweb::WebSettings settings, bool fetch, int wake_fd)
      : settings_(std::move(settings)), fetch_(fetch), wake_fd_(wake_fd) {}
  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override;
  Status send(const db::OutboxObject& object) override;
  Result<bool> has_final_report(const db::OutboxObject& object, const ReportJudge& judge) override;
  std::int64_t send_timeout_ms() const override;

 private:
  dicomweb::WebSettings settings_;
  bool fetch_;
  int wake_fd_;
};

}  // namespace radfm::worker
