// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/evidence.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>

#include <map>
#include <set>

#include "core/uid.h"
#include "pipeline/report/header_copy.h"
#include "pipeline/report/sequence_items.h"

namespace radfm::report {
namespace {

bool is_referable(const EvidenceInstance& instance) {
  return Uid::parse(instance.study_instance_uid) && Uid::parse(instance.series_instance_uid) &&
         Uid::parse(instance.sop_class_uid) && Uid::parse(instance.sop_instance_uid);
}

void put_uid(DcmItem& item, const DcmTagKey& tag, const std::string& uid) { item.putAndInsertString(tag, uid.c_str()); }

// One sequence in the form of the Hierarchical SOP Instance Reference Macro (PS3.3 table C.17-3): study, series,
// instance, each named once, in the order of first appearance.
class ReferenceSequence {
 public:
  ReferenceSequence(DcmItem& dataset, DcmTagKey sequence) : dataset_(dataset), sequence_(sequence) {}

  void add(const EvidenceInstance& instance) {
    DcmItem*& study = studies_[instance.study_instance_uid];
    if (study == nullptr) {
      study = add_item(dataset_, sequence_);
      put_uid(*study, DCM_StudyInstanceUID, instance.study_instance_uid);
    }
    DcmItem*& series = series_[{instance.study_instance_uid, instance.series_instance_uid}];
    if (series == nullptr) {
      series = add_item(*study, DCM_ReferencedSeriesSequence);
      put_uid(*series, DCM_SeriesInstanceUID, instance.series_instance_uid);
    }
    DcmItem* reference = add_item(*series, DCM_ReferencedSOPSequence);
    put_uid(*reference, DCM_ReferencedSOPClassUID, instance.sop_class_uid);
    put_uid(*reference, DCM_ReferencedSOPInstanceUID, instance.sop_instance_uid);
  }

 private:
  DcmItem& dataset_;
  DcmTagKey sequence_;
  std::map<std::string, DcmItem*> studies_;
  std::map<std::pair<std::string, std::string>, DcmItem*> series_;
};

void add_all(const std::vector<EvidenceInstance>& instances, ReferenceSequence& sequence, std::set<std::string>& seen,
             bool& refused) {
  for (const EvidenceInstance& instance : instances) {
    if (!is_referable(instance)) {
      refused = true;
    } else if (seen.insert(instance.sop_instance_uid).second) {
      sequence.add(instance);
    }
  }
}

}  // namespace

void write_evidence(const DraftContent& content, DcmItem& dataset, std::vector<std::string>& left_out_values) {
  std::set<std::string> seen;
  bool refused = false;
  ReferenceSequence current(dataset, DCM_CurrentRequestedProcedureEvidenceSequence);
  add_all(content.shown, current, seen, refused);
  add_all(content.key_images, current, seen, refused);
  ReferenceSequence other(dataset, DCM_PertinentOtherEvidenceSequence);
  for (const PriorUse& prior : content.priors) {
    add_all(prior.images, other, seen, refused);
    add_all(prior.reports, other, seen, refused);
  }
  if (refused) left_out_values.push_back("ReferencedSOPSequence");
}

void write_references(const std::vector<EvidenceInstance>& instances, const DcmTagKey& sequence, DcmItem& dataset) {
  std::set<std::string> seen;
  bool refused = false;
  ReferenceSequence references(dataset, sequence);
  add_all(instances, references, seen, refused);
  if (refused) broken_invariant("what an object of ours must refer to is an object of ours and has legal UIDs");
}

void write_predecessors(const DraftContent& content, DcmItem& dataset) {
  std::vector<EvidenceInstance> instances;
  for (const Predecessor& predecessor : content.predecessors) {
    instances.push_back({predecessor.study_instance_uid, predecessor.series_instance_uid, predecessor.sop_class_uid,
                         predecessor.sop_instance_uid});
  }
  write_references(instances, DCM_PredecessorDocumentsSequence, dataset);
}

void write_requests(const DraftContent& content, DcmItem& dataset, std::vector<std::string>& left_out_values) {
  const AttributeSet& source = content.source_header;
  copy_attribute(source, 0x00081032, dataset, 0x0040A372, true, left_out_values);
  const auto requests = source.find(0x00400275);
  if (requests == source.end()) return;
  std::size_t written = 0;
  for (AttributeSet request : requests->second.items) {
    if (++written > source_items_max) break;
    if (attribute_value(request, 0x00080050).empty() && source.count(0x00080050) > 0) {
      request[0x00080050] = source.at(0x00080050);  // the accession number of the study is that of its request
    }
    DcmItem* item = add_item(dataset, DCM_ReferencedRequestSequence);
    copy_attribute(source, 0x0020000D, *item, 0x0020000D, true, left_out_values);
    for (const std::uint32_t tag : {0x00080050u, 0x00081110u, 0x00321060u, 0x00321064u, 0x00401001u, 0x00402016u,
                                    0x00402017u}) {
      copy_attribute(request, tag, *item, tag, true, left_out_values);
    }
    for (const std::uint32_t tag : {0x00080051u, 0x00401002u}) {
      copy_attribute(request, tag, *item, tag, false, left_out_values);
    }
  }
}

}  // namespace radfm::report
