// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of images since their arrival, so that Orthanc need not be asked about each of them once more: its answer about one image
// takes it a tenth of the time in which it stores one, under the lock that the next one waits for (tests/bench/store_rate.py).
//
// What a file's head says is believed only when Orthanc's own name of the instance, a hash of the four identifiers, agrees. Nobody relies
// on a memory: what is not known (after a restart, of a strange file, beyond arrivals_max, without memory) is asked for.
//
// Safe from any thread; no lock is held while a file is looked at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/orthanc_identifier.h"
#include "core/study_index.h"

namespace radfm::plugin {

// The last ones. So many arrive in a StableAge of a minute at 800 a second; about 200 bytes each.
inline constexpr std::size_t arrivals_max = 50'000;
inline constexpr std::size_t arrival_text_bytes_max = 64;  // of SOP class, and of who sent it to whom

// As Orthanc wrote them down with the image (its metadata).
struct ArrivalMetadata {
  std::string_view sop_class_uid, remote_aet, called_aet;
};

struct Arrival {
  std::string orthanc_study_id;
  InstanceOfSeries image;  // its main tags but the UID are empty
};

class Arrivals {
 public:
  explicit Arrivals(std::size_t limit = arrivals_max) : limit_(limit) {}

  // An image was stored, or stored anew; `file` is needed during the call only. False: it is not remembered. May throw std::bad_alloc.
  bool remember(std::string_view orthanc_id, std::span<const std::uint8_t> file, const ArrivalMetadata& metadata);
  std::optional<Arrival> find(std::string_view orthanc_id) const;
  std::optional<Arrival> take(std::string_view orthanc_id);  // and forgets it
  std::size_t count() const;

 private:
  // What the images of a series share as long as they come one after the other from one sender.
  struct Series {
    OrthancKey study{}, series{};
    std::string sop_class_uid, remote_aet, called_aet;
    bool operator==(const Series&) const = default;
  };
  struct Image {
    std::shared_ptr<const Series> of;
    std::string sop_instance_uid;
  };
  struct KeyHash {  // the key is a hash already
    std::size_t operator()(const OrthancKey& key) const;
  };
  void insert(const OrthancKey& key, Series&& series, std::string&& sop_instance_uid);
  static Arrival arrival_of(const OrthancKey& key, const Image& image);

  const std::size_t limit_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<OrthancKey, Image, KeyHash> images_;
  std::deque<OrthancKey> order_;  // in which they came; some may be forgotten already
  std::shared_ptr<const Series> last_series_;
};

}  // namespace radfm::plugin
