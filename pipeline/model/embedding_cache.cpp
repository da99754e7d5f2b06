// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/embedding_cache.h"

#include "core/digest.h"
#include "core/result.h"

namespace radfm::model {

std::string embedding_key(const ModelInput& input, int image, const std::string& weights_digest,
                          const std::string& compute_type) {
  const std::size_t values = input.values.size() / static_cast<std::size_t>(input.images);
  Sha256 sha;
  const std::string head = weights_digest + "\n" + compute_type + "\n" + std::to_string(input.height) + "," +
                           std::to_string(input.width) + "," + std::to_string(input.depth) + "\n";
  sha.update(head.data(), head.size());
  sha.update(input.values.data() + static_cast<std::size_t>(image) * values, values * sizeof(float));
  return sha.hex();
}

at::Tensor EmbeddingCache::find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->embedding;
}

void EmbeddingCache::keep(const std::string& key, const at::Tensor& embedding) {
  const auto bytes = static_cast<std::int64_t>(embedding.nbytes());
  if (bytes > bytes_max_) return;
  if (by_key_.contains(key)) broken_invariant("an embedding is kept that was found");
  while (bytes_ + bytes > bytes_max_) {
    bytes_ -= static_cast<std::int64_t>(entries_.back().embedding.nbytes());
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front({key, embedding});
  by_key_.emplace(key, entries_.begin());
  bytes_ += bytes;
}

}  // namespace radfm::model
