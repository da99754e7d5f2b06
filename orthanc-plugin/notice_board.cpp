// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/notice_board.h"

namespace radfm::plugin {

std::vector<std::string> Notices::all_advice() const {
  std::vector<std::string> all = advice;
  all.insert(all.end(), role_advice.begin(), role_advice.end());
  return all;
}

std::string Notices::summary() const {
  std::string text = trouble;
  const auto add = [&text](const std::vector<std::string>& lines) {
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  };
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
