// SPDX-License-Identifier: Apache-2.0
#include "pipeline/report/sequence_items.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include <memory>

#include "core/result.h"

namespace radfm::report {

DcmItem* add_item(DcmItem& dataset, const DcmTagKey& sequence) {
  DcmSequenceOfItems* items = nullptr;
  if (dataset.findAndGetSequence(sequence, items).bad() || items == nullptr) {
    auto created = std::make_unique<DcmSequenceOfItems>(DcmTag(sequence));
    if (dataset.insert(created.get(), OFTrue).bad()) broken_invariant("a sequence cannot be added");
    items = created.release();
  }
  auto item = std::make_unique<DcmItem>();
  if (items->append(item.get()).bad()) broken_invariant("an item cannot be added");
  return item.release();
}

void for_each_item(DcmItem& dataset, const DcmTagKey& sequence, const std::function<void(DcmItem&)>& visit) {
  DcmSequenceOfItems* items = nullptr;
  if (dataset.findAndGetSequence(sequence, items).bad() || items == nullptr) return;
  for (DcmObject* item = items->nextInContainer(nullptr); item != nullptr; item = items->nextInContainer(item)) {
    visit(static_cast<DcmItem&>(*item));
  }
}

}  // namespace radfm::report
