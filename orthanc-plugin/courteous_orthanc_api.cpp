// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/courteous_orthanc_api.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace radfm::plugin {
namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void sleep_ns(std::int64_t nanoseconds) {
  std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
}

}  // namespace

CourteousOrthancApi::CourteousOrthancApi(OrthancApi& orthanc, std::function<std::int64_t()> now_ns, Rest rest)
    : orthanc_(orthanc), now_ns_(std::move(now_ns)), rest_(std::move(rest)) {}

CourteousOrthancApi::CourteousOrthancApi(OrthancApi& orthanc) : CourteousOrthancApi(orthanc, steady_ns, sleep_ns) {}

template <class Question>
Result<std::string> CourteousOrthancApi::asked(const Question& question) {
  const std::int64_t begun_ns = now_ns_();
  Result<std::string> answer = question();
  rest_(std::clamp<std::int64_t>(now_ns_() - begun_ns, 0, rest_max_ms * ns_per_ms));
  return answer;
}

Result<std::string> CourteousOrthancApi::get(const std::string& path) {
  return asked([&] { return orthanc_.get(path); });
}

Result<std::string> CourteousOrthancApi::post(const std::string& path, const std::string& body) {
  return asked([&] { return orthanc_.post(path, body); });
}

}  // namespace radfm::plugin
