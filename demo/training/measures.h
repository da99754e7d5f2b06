// SPDX-License-Identifier: Apache-2.0
// What a network in training gets right, counted.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "demo/training/record.h"

namespace radfm::training {

struct Share {
  std::string name;
  std::int64_t right = 0, asked = 0;
  explicit Share(std::string given) : name(std::move(given)) {}
  void count(bool good) {
    ++asked;
    right += good;
  }
  void add(const Share& other) {
    right += other.right;
    asked += other.asked;
  }
  double value() const { return asked ? static_cast<double>(right) / static_cast<double>(asked) : 0; }
};

struct Measures {
  std::vector<Share> classes, pairs;  // of each kind of LabelKinds
  std::vector<Share> maps;            // images with such a place whose likeliest place is one (value 0.5 or more)
  // Answer tokens that would be written right after the true text before them; the emphasised ones; whole answers.
  Share tokens{"answer_tokens"}, emphasised{"emphasised_tokens"}, answers{"whole_answers"};

  explicit Measures(const LabelKinds& kinds) {
    for (const auto& kind : kinds.of_image) classes.emplace_back(kind.name);
    for (const auto& kind : kinds.of_pair) pairs.emplace_back(kind.name);
    for (const auto& map : kinds.maps) maps.emplace_back(map + " place");  // a kind may have the name of a map
  }
  void add(const Measures& other) {
    const auto sum = [](std::vector<Share>& own, const std::vector<Share>& more) {
      for (std::size_t i = 0; i < own.size(); ++i) own[i].add(more[i]);
    };
    sum(classes, other.classes);
    sum(pairs, other.pairs);
    sum(maps, other.maps);
    tokens.add(other.tokens);
    emphasised.add(other.emphasised);
    answers.add(other.answers);
  }
  // All of them, in one order.
  std::vector<Share> shares() const {
    std::vector<Share> all = classes;
    all.insert(all.end(), pairs.begin(), pairs.end());
    all.insert(all.end(), maps.begin(), maps.end());
    for (const auto* share : {&tokens, &emphasised, &answers}) all.push_back(*share);
    return all;
  }
};

}  // namespace radfm::training
