// SPDX-License-Identifier: Apache-2.0
#include "worker/turn_watch.h"

#include <algorithm>

#include "worker/engine_supervisor.h"

namespace radfm::worker {
namespace {

constexpr std::int64_t queue_busy_max_ms = 30'000;  // a few transactions, each of which tries for ten seconds

}  // namespace

std::int64_t turn_silence_max_ms(const Configuration& configuration, std::size_t job_threads) {
  std::int64_t exchange_ms = configuration.orthanc.timeout_ms;
  for (const PacsNode& node : configuration.pacs) exchange_ms = std::max(exchange_ms, node.timeout_ms);
  const ModelSettings& model = configuration.model;
  return static_cast<std::int64_t>(job_threads) * (model.load_timeout_ms + model.generate_timeout_ms) +
         configuration.priors.search_timeout_ms + turn_exchanges_max * exchange_ms + 2 * configuration.reader.timeout_ms +
         std::max<std::int64_t>(configuration.queue.poll_ms, engine_backoff_max_ms) + queue_busy_max_ms;
}

}  // namespace radfm::worker
