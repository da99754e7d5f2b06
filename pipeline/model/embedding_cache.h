// SPDX-License-Identifier: Apache-2.0
// Embeddings of images that were read before: a prior that is shown again with the patient's next study is not
// encoded again. The key is everything that decides the result: the image as the network gets it, the weights and
// the type of the computation; so a hit gives the bytes that encoding would give.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

#include "pipeline/model/image_input.h"

namespace radfm::model {

// SHA-256 of shape and values of one image of the input, the weights' digest and the type's name, in hex.
std::string embedding_key(const ModelInput& input, int image, const std::string& weights_digest,
                          const std::string& compute_type);

// Keeps the most recently used within a limit of bytes. For one thread.
class EmbeddingCache {
 public:
  // `model`: what all its keys share, the weights' digest and the type's name. A limit of 0 keeps nothing.
  EmbeddingCache(std::int64_t bytes_max, std::string weights_digest, std::string compute_type)
      : bytes_max_(bytes_max), digest_(std::move(weights_digest)), type_(std::move(compute_type)) {}

  bool off() const { return bytes_max_ == 0; }
  std::string key(const ModelInput& input, int image) const {
    return embedding_key(input, image, digest_, type_);
  }

  at::Tensor find(const std::string& key);  // undefined when it is not there
  // One that is larger than the limit is not kept; the least recently used make room.
  void keep(const std::string& key, const at::Tensor& embedding);

  std::int64_t bytes() const { return bytes_; }  // of embeddings; keys are not counted
  std::size_t count() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    at::Tensor embedding;
  };
  std::int64_t bytes_max_, bytes_ = 0;
  std::string digest_, type_;
  std::list<Entry> entries_;  // the most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

}  // namespace radfm::model
