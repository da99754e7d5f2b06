// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/arrivals.h"

#include <cstring>
#include <utility>

#include "core/uid.h"
#include "orthanc-plugin/identifying_header.h"

namespace radfm::plugin {

std::size_t Arrivals::KeyHash::operator()(const OrthancKey& key) const {
  std::size_t hash = 0;
  std::memcpy(&hash, key.data(), sizeof hash);
  return hash;
}

bool Arrivals::remember(std::string_view orthanc_id, std::span<const std::uint8_t> file, const ArrivalMetadata& metadata) {
  for (const std::string_view text : {metadata.sop_class_uid, metadata.remote_aet, metadata.called_aet})
    if (text.size() > arrival_text_bytes_max) return false;
  const auto key = parse_orthanc_identifier(orthanc_id);
  if (!key || metadata.sop_class_uid.empty()) return false;
  auto header = read_identifying_header(file);
  if (!header) return false;
  // With none in the UIDs, what is joined can be taken apart in one way only, whatever stands in the Patient ID.
  for (const std::string* part : {&header->study_instance_uid, &header->series_instance_uid})
    if (part->find('|') != std::string::npos) return false;
  const auto uid = Uid::parse(header->sop_instance_uid);
  if (!uid || uid->str() != header->sop_instance_uid) return false;
  const std::string study = header->patient_id + "|" + header->study_instance_uid, series = study + "|" + header->series_instance_uid;
  if (orthanc_key(series + "|" + header->sop_instance_uid) != *key) return false;
  insert(*key,
         {orthanc_key(study), orthanc_key(series), std::string(metadata.sop_class_uid), std::string(metadata.remote_aet),
          std::string(metadata.called_aet)},
         std::move(header->sop_instance_uid));
  return true;
}

void Arrivals::insert(const OrthancKey& key, Series&& series, std::string&& sop_instance_uid) {
  const std::lock_guard lock(mutex_);
  if (!last_series_ || *last_series_ != series) last_series_ = std::make_shared<const Series>(std::move(series));
  order_.push_back(key);
  images_.insert_or_assign(key, Image{last_series_, std::move(sop_instance_uid)});
  while (order_.size() > limit_) {
    images_.erase(order_.front());
    order_.pop_front();
  }
}

std::optional<Arrival> Arrivals::find(std::string_view orthanc_id) const {
  const auto key = parse_orthanc_identifier(orthanc_id);
  if (!key) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto found = images_.find(*key);
  return found == images_.end() ? std::nullopt : std::optional(arrival_of(found->first, found->second));
}

std::optional<Arrival> Arrivals::take(std::string_view orthanc_id) {
  const auto key = parse_orthanc_identifier(orthanc_id);
  if (!key) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto taken = images_.extract(*key);
  return taken.empty() ? std::nullopt : std::optional(arrival_of(taken.key(), taken.mapped()));
}

std::size_t Arrivals::count() const {
  const std::lock_guard lock(mutex_);
  return images_.size();
}

Arrival Arrivals::arrival_of(const OrthancKey& key, const Image& image) {
  Arrival arrival;
  arrival.orthanc_study_id = orthanc_identifier(image.of->study);
  arrival.image.orthanc_series_id = orthanc_identifier(image.of->series);
  arrival.image.instance.orthanc_id = orthanc_identifier(key);
  arrival.image.instance.sop_instance_uid = image.sop_instance_uid;
  arrival.image.instance.sop_class_uid = image.of->sop_class_uid;
  arrival.image.instance.remote_aet = image.of->remote_aet;
  arrival.image.instance.called_aet = image.of->called_aet;
  return arrival;
}

}  // namespace radfm::plugin
