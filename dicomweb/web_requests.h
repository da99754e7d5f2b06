// SPDX-License-Identifier: Apache-2.0
// What is asked over DICOMweb (PS3.18 10.4, 10.5, 10.6): one line for each request that web_source.cpp and web_store.cpp send. It is sent from
// these lines, and docs/dicom-conformance.md is printed from them.
#pragma once

#include <span>
#include <string>

namespace radfm::dicomweb {

struct WebField {
  const char* tag;
  const char* name;
};

struct WebRequest {
  const char* id;  // for programs
  const char* service;
  const char* method;
  const char* path;        // below the configured URL; {study}, {series} and {instance} stand for UIDs
  const char* media_type;  // of the Accept header
  std::span<const WebField> included;  // asked for by includefield: what PS3.18 10.6.3.3 does not promise unasked
  const char* matching;    // for people: what is matched
};

inline constexpr const char* search_media_type = "application/dicom+json";
inline constexpr const char* retrieve_media_type = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

inline constexpr WebField study_fields_asked[] = {
    {"00081030", "Study Description"}, {"00100021", "Issuer of Patient ID"}, {"00080201", "Timezone Offset From UTC"}};
inline constexpr WebField series_fields_asked[] = {{"0008103E", "Series Description"}, {"00180015", "Body Part Examined"}};
inline constexpr WebField document_fields_asked[] = {{"00080016", "SOP Class UID"},
                                                     {"00081090", "Manufacturer's Model Name"},
                                                     {"0040A043", "Concept Name Code Sequence"},
                                                     {"0040A493", "Verification Flag"},
                                                     {"0040A496", "Preliminary Flag"}};

inline constexpr WebRequest search_studies = {
    "search_studies", "QIDO-RS", "GET", "/studies", search_media_type, study_fields_asked,
    "PatientID; IssuerOfPatientID where it is known; StudyDate as a range where a window is set"};
inline constexpr WebRequest search_series = {
    "search_series", "QIDO-RS", "GET", "/studies/{study}/series", search_media_type, series_fields_asked, ""};
inline constexpr WebRequest search_documents = {
    "search_documents", "QIDO-RS", "GET", "/studies/{study}/instances", search_media_type, document_fields_asked, "Modality SR"};
inline constexpr WebRequest retrieve_study = {"retrieve_study", "WADO-RS", "GET", "/studies/{study}", retrieve_media_type, {}, ""};
inline constexpr WebRequest retrieve_series = {
    "retrieve_series", "WADO-RS", "GET", "/studies/{study}/series/{series}", retrieve_media_type, {}, ""};
inline constexpr WebRequest retrieve_instance = {
    "retrieve_instance", "WADO-RS", "GET", "/studies/{study}/series/{series}/instances/{instance}", retrieve_media_type, {}, ""};
inline constexpr WebRequest store_instance = {"store_instance", "STOW-RS", "POST", "/studies", search_media_type, {}, ""};
inline constexpr const WebRequest* web_requests[] = {&search_studies,  &search_series,     &search_documents, &retrieve_study,
                                                     &retrieve_series, &retrieve_instance, &store_instance};

// The path with its UIDs, percent-encoded.
std::string path_of(const WebRequest& request, const std::string& study_uid = {}, const std::string& series_uid = {},
                    const std::string& instance_uid = {});

}  // namespace radfm::dicomweb
