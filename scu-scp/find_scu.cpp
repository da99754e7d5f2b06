// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/find_scu.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>

#include <algorithm>

#include "core/uid.h"
#include "scu-scp/find_answers.h"
#include "scu-scp/find_keys.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/retrieve_exchange.h"

namespace radfm::scu {
namespace {

DcmTagKey key_of(std::uint32_t tag) {
  return {static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF)};
}

template <class Match>
void ask_for(DcmDataset& keys, std::span<const FindKey<Match>> asked) {
  for (const FindKey<Match>& key : asked) keys.insertEmptyElement(key_of(key.tag));
}

template <class Match>
bool read_match(std::span<const std::uint8_t> identifier, Encoding encoding,
                std::span<const FindKey<Match>> asked, Match& match, std::string& study_uid) {
  return walk_elements(identifier, encoding,
                       [&](const DataElement& element) {
                         if (element.depth != 0) return true;
                         if (element.tag == 0x0020000D) study_uid = text_of(element);
                         if (element.tag == 0x00080005) match.character_set = text_of(element);
                         const auto key = std::ranges::find(asked, element.tag, &FindKey<Match>::tag);
                         if (key != asked.end()) match.*(key->field) = text_of(element);
                         return true;
                       })
      .ok();
}

std::size_t bounded(std::size_t matches_max) {
  return std::clamp<std::size_t>(matches_max, 1, find_matches_max);
}

Activity activity(QueryModel model) {
  return model == QueryModel::study_root ? Activity::find_study_root : Activity::find_patient_root;
}

Result<std::unique_ptr<Association>> open(const Peer& peer, QueryModel model, int wake_fd) {
  return Association::request(peer, proposed_contexts(activity(model)), wake_fd);
}

// Level and unique keys of a question about one study.
Status begin_below_study(DcmDataset& keys, const char* level, const std::string& study_uid, const std::string& patient_id,
                         QueryModel model) {
  if (!Uid::parse(study_uid))
    return permanent_error("query_not_usable", "a study is asked for by its Study Instance UID");
  keys.putAndInsertString(DCM_QueryRetrieveLevel, level);
  keys.putAndInsertString(DCM_StudyInstanceUID, study_uid.c_str());
  if (model != QueryModel::patient_root) return {};
  if (auto checked = check(StudyQuery{patient_id, "", "", "", ""}); !checked) return checked;
  keys.putAndInsertString(DCM_PatientID, patient_id.c_str());
  return {};
}

Result<Found<FoundSeries>> find_series(Association& association, QueryModel model, DcmDataset& keys, const std::string& study_uid,
                                       std::size_t matches_max) {
  Found<FoundSeries> found;
  const auto take = [&](std::span<const std::uint8_t> identifier, Encoding encoding) {
    FoundSeries series;
    std::string of_study;
    const bool read = read_match(identifier, encoding, series_find_keys(), series, of_study);
    if (read && Uid::parse(series.series_uid) && (of_study.empty() || of_study == study_uid))
      found.matches.push_back(std::move(series));
    else
      ++found.unusable;
  };
  const auto more =
      FindExchange{service_class_uid(activity(model)), "asking for a study's series", matches_max, take}.run(association, keys);
  if (!more) return more.error();
  found.more = *more;
  return found;
}

// The document title is the one item of a sequence.
bool read_document(std::span<const std::uint8_t> identifier, Encoding encoding, FoundDocument& document, std::string& of_study) {
  const auto take_title = [&](const DataElement& element) {
    if (element.depth != 1 || element.sequence != 0x0040A043) return true;
    if (element.tag == 0x00080100) document.title_code = text_of(element);
    if (element.tag == 0x00080102) document.title_scheme = text_of(element);
    if (element.tag == 0x00080104) document.title = text_of(element);
    return true;
  };
  return read_match(identifier, encoding, document_find_keys(), document, of_study) &&
         walk_elements(identifier, encoding, take_title).ok();
}

// Of the one series that `of` names. True: there are more.
Result<bool> find_documents(Association& association, QueryModel model, const RetrievalRequest& of, std::size_t matches_max,
                            Found<FoundDocument>& found) {
  const std::string& series_uid = of.series_uids.front();
  DcmDataset keys;
  if (auto begun = begin_below_study(keys, "IMAGE", of.study_uid, of.patient_id, model); !begun) return begun.error();
  ask_for(keys, document_find_keys());
  keys.putAndInsertString(DCM_SeriesInstanceUID, series_uid.c_str());
  const auto take = [&](std::span<const std::uint8_t> identifier, Encoding encoding) {
    FoundDocument document;
    document.series_uid = series_uid;
    std::string of_study;
    const bool read = read_document(identifier, encoding, document, of_study);
    if (read && Uid::parse(document.sop_instance_uid) && (of_study.empty() || of_study == of.study_uid))
      found.matches.push_back(std::move(document));
    else
      ++found.unusable;
  };
  return FindExchange{service_class_uid(activity(model)), "asking for a study's reports", matches_max, take}.run(association, keys);
}

}  // namespace

Result<Found<FoundStudy>> FindScu::studies(const StudyQuery& query, std::size_t matches_max,
                                           int wake_fd) const {
  if (auto checked = check(query); !checked) return checked.error();
  DcmDataset keys;
  keys.putAndInsertString(DCM_QueryRetrieveLevel, "STUDY");
  ask_for(keys, study_find_keys());
  if (!query.character_set.empty())
    keys.putAndInsertString(DCM_SpecificCharacterSet, query.character_set.c_str());
  keys.putAndInsertString(DCM_PatientID, query.patient_id.c_str());
  keys.putAndInsertString(DCM_IssuerOfPatientID, query.issuer.c_str());
  if (!query.date_from.empty() || !query.date_to.empty()) {
    keys.putAndInsertString(DCM_StudyDate, (query.date_from + "-" + query.date_to).c_str());
  }
  auto association = open(peer_, model_, wake_fd);
  if (!association) return association.error();
  Found<FoundStudy> found;
  const auto take = [&](std::span<const std::uint8_t> identifier, Encoding encoding) {
    FoundStudy study;
    std::string study_uid;
    const bool read = read_match(identifier, encoding, study_find_keys(), study, study_uid);
    if (read && Uid::parse(study.study_uid))
      found.matches.push_back(std::move(study));
    else
      ++found.unusable;
  };
  const auto more =
      FindExchange{service_class_uid(activity(model_)), "asking for a patient's studies", bounded(matches_max), take}
          .run(**association, keys);
  if (!more) return more.error();
  found.more = *more;
  if (!found.more) (*association)->release();
  return found;
}

Result<Found<FoundSeries>> FindScu::series(const std::string& study_uid, const std::string& patient_id,
                                           std::size_t matches_max, int wake_fd) const {
  DcmDataset keys;
  if (auto begun = begin_below_study(keys, "SERIES", study_uid, patient_id, model_); !begun) return begun.error();
  ask_for(keys, series_find_keys());
  auto association = open(peer_, model_, wake_fd);
  if (!association) return association.error();
  auto found = find_series(**association, model_, keys, study_uid, bounded(matches_max));
  if (found && !found->more) (*association)->release();
  return found;
}

Result<Found<FoundDocument>> FindScu::documents(const std::string& study_uid, const std::string& patient_id,
                                                std::size_t matches_max, int wake_fd) const {
  DcmDataset keys;
  if (auto begun = begin_below_study(keys, "SERIES", study_uid, patient_id, model_); !begun) return begun.error();
  ask_for(keys, series_find_keys());
  keys.putAndInsertString(DCM_Modality, "SR");
  auto association = open(peer_, model_, wake_fd);
  if (!association) return association.error();
  const auto series = find_series(**association, model_, keys, study_uid, document_series_max);
  if (!series) return series.error();
  Found<FoundDocument> found;
  found.more = series->more;
  found.unusable = series->unusable;
  // A peer that was told to stop may still be sending: the next question goes on another association.
  if (series->more) association = open(peer_, model_, wake_fd);
  if (!association) return association.error();
  for (const FoundSeries& one : series->matches) {
    if (one.modality != "SR") continue;
    const std::size_t room = bounded(matches_max) - found.matches.size();
    if (room == 0) {
      found.more = true;
      break;
    }
    const auto more = find_documents(**association, model_, {study_uid, {one.series_uid}, patient_id}, room, found);
    if (!more) return more.error();
    if (*more) {
      found.more = true;
      return found;
    }
  }
  (*association)->release();
  return found;
}

Result<bool> FindScu::holds(const RetrievalRequest& object, int wake_fd) const {
  if (object.sop_instance_uid.empty())
    return permanent_error("query_not_usable", "an object is asked for by its SOP Instance UID");
  if (auto checked = check(object); !checked) return checked.error();
  if (model_ == QueryModel::patient_root) {
    if (auto checked = check(StudyQuery{object.patient_id, "", "", "", ""}); !checked) return checked.error();
  }
  DcmDataset keys;
  fill_identifier(keys, object, object.series_uids.front(), model_);
  auto association = open(peer_, model_, wake_fd);
  if (!association) return association.error();
  bool there = false;
  const auto take = [&](std::span<const std::uint8_t> identifier, Encoding encoding) {
    const auto is_it = [&](const DataElement& element) {
      there = there || (element.depth == 0 && element.tag == 0x00080018 && text_of(element) == object.sop_instance_uid);
      return !there;
    };
    static_cast<void>(walk_elements(identifier, encoding, is_it));  // an unreadable answer names nothing
  };
  const auto more =
      FindExchange{service_class_uid(activity(model_)), "asking for an object", find_matches_max, take}.run(**association, keys);
  if (!more) return more.error();
  if (*more && !there)
    return transient_error("peer_broke_protocol",
                           (*association)->name() + " answers a question after one object with more than " +
                               std::to_string(find_matches_max) + " others");
  if (!*more) (*association)->release();
  return there;
}

}  // namespace radfm::scu
