// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/frame_items.h"

#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcitem.h>
#include <dcmtk/dcmdata/dcsequen.h>

#include "pipeline/imaging/element_text.h"

namespace radfm::imaging {
namespace {

DcmSequenceOfItems* sequence_of(DcmItem& item, const DcmTagKey& tag) {
  DcmSequenceOfItems* sequence = nullptr;
  return item.findAndGetSequence(tag, sequence).good() ? sequence : nullptr;
}

// The first item of every sequence in a group.
std::vector<DcmItem*> macros_of(DcmItem& group) {
  std::vector<DcmItem*> macros;
  DcmObject* element = nullptr;
  while ((element = group.nextInContainer(element)) != nullptr) {
    if (element->ident() != EVR_SQ) continue;
    auto* sequence = static_cast<DcmSequenceOfItems*>(element);
    if (sequence->card() > 0) macros.push_back(sequence->getItem(0));
  }
  return macros;
}

}  // namespace

DcmItem* FrameItems::holder(const DcmTagKey& tag) const {
  for (DcmItem* item : items_) {
    if (item->tagExistsWithValue(tag)) return item;
  }
  return nullptr;
}

std::string FrameItems::text(const DcmTagKey& tag) const {
  DcmItem* item = holder(tag);
  return item == nullptr ? std::string() : text_of(*item, tag);
}

std::vector<std::string> FrameItems::texts(const DcmTagKey& tag) const {
  DcmItem* item = holder(tag);
  return item == nullptr ? std::vector<std::string>() : texts_of(*item, tag);
}

std::optional<int> FrameItems::integer(const DcmTagKey& tag) const {
  DcmItem* item = holder(tag);
  return item == nullptr ? std::nullopt : integer_of(*item, tag);
}

std::optional<double> FrameItems::number(const DcmTagKey& tag) const {
  DcmItem* item = holder(tag);
  return item == nullptr ? std::nullopt : number_of(*item, tag);
}

std::vector<double> FrameItems::numbers(const DcmTagKey& tag) const {
  DcmItem* item = holder(tag);
  return item == nullptr ? std::vector<double>() : numbers_of(*item, tag);
}

DcmItem* FrameItems::first_of_sequence(const DcmTagKey& sequence) const {
  for (DcmItem* item : items_) {
    DcmSequenceOfItems* found = sequence_of(*item, sequence);
    if (found != nullptr && found->card() > 0) return found->getItem(0);
  }
  return nullptr;
}

FunctionalGroups::FunctionalGroups(DcmItem& data_set) : data_set_(data_set) {
  DcmSequenceOfItems* shared = sequence_of(data_set, DCM_SharedFunctionalGroupsSequence);
  if (shared != nullptr && shared->card() > 0) shared_ = macros_of(*shared->getItem(0));
  DcmSequenceOfItems* frames = sequence_of(data_set, DCM_PerFrameFunctionalGroupsSequence);
  if (frames == nullptr) return;
  DcmObject* item = nullptr;  // walked, not asked for by number: each such question walks the list from its start
  while ((item = frames->nextInContainer(item)) != nullptr) frames_.push_back(macros_of(*static_cast<DcmItem*>(item)));
}

FrameItems FunctionalGroups::of_frame(std::size_t frame) const {
  FrameItems items;
  if (frame < frames_.size()) items.items_ = frames_[frame];
  items.items_.insert(items.items_.end(), shared_.begin(), shared_.end());
  items.items_.push_back(&data_set_);
  return items;
}

}  // namespace radfm::imaging
