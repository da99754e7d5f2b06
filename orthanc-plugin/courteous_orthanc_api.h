// SPDX-License-Identifier: GPL-3.0-or-later
// OrthancApi for work that has time: after each answer it rests as long as the answer took, so that whoever stores an image finds
// the lock of Orthanc's index free at least half of the time. (A thread that asks again at once gets that lock again before one
// that waits for it has woken up.) As safe from several threads as the one it asks, which must outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "orthanc-plugin/orthanc_api.h"

namespace radfm::plugin {

inline constexpr std::int64_t rest_max_ms = 10;  // after an answer that took longer too

class CourteousOrthancApi final : public OrthancApi {
 public:
  using Rest = std::function<void(std::int64_t nanoseconds)>;
  CourteousOrthancApi(OrthancApi& orthanc, std::function<std::int64_t()> now_ns, Rest rest);
  explicit CourteousOrthancApi(OrthancApi& orthanc);  // by the steady clock, asleep
  Result<std::string> get(const std::string& path) override;
  Result<std::string> post(const std::string& path, const std::string& body) override;
  Result<std::string> kept_text() override { return orthanc_.kept_text(); }
  Status keep_text(const std::string& text) override { return orthanc_.keep_text(text); }

 private:
  template <class Question>
  Result<std::string> asked(const Question& question);

  OrthancApi& orthanc_;
  const std::function<std::int64_t()> now_ns_;
  const Rest rest_;
};

}  // namespace radfm::plugin
