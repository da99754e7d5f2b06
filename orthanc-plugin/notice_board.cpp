// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/notice_board.h"

#include "core/dicom_time.h"

namespace radfm::plugin {

std::vector<std::string> Notices::all_advice() const {
  std::vector<std::string> all = advice;
  all.insert(all.end(), role_advice.begin(), role_advice.end());
  all.insert(all.end(), alert_failures.begin(), alert_failures.end());
  return all;
}

std::string Notices::refusal() const {
  if (mistakes.empty() || !rules) return {};
  return configuration_file.filename().string() + " was changed and is refused, since it has mistakes: what was read at " +
         format_iso_utc(rules_read_wall_ms) + " stays in force (" + std::to_string(rules->size()) + " rules); correct the file";
}

std::string Notices::summary() const {
  std::string text = trouble;
  const auto add = [&text](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  };
  if (const std::string said = refusal(); !said.empty()) add({said});
  add(mistakes);
  add(delayed_studies);
  add(all_advice());
  return text;
}

Notices NoticeBoard::read() const {
  const std::lock_guard lock(mutex_);
  return notices_;
}

void NoticeBoard::update(const std::function<void(Notices&)>& change) {
  const std::lock_guard lock(mutex_);
  change(notices_);
}

}  // namespace radfm::plugin
