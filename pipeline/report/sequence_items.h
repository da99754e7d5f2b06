// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

class DcmItem;
class DcmTagKey;

namespace radfm::report {

// A new last item of a sequence of `dataset`, which is created if need be; dcmdata keeps the item. (DCMTK's own
// findOrCreateSequenceItem walks the list for each item: minutes for a large study.)
DcmItem* add_item(DcmItem& dataset, const DcmTagKey& sequence);

// Each item of a sequence in order; none when the sequence is missing. The function must not change the sequence.
void for_each_item(DcmItem& dataset, const DcmTagKey& sequence, const std::function<void(DcmItem&)>& visit);

}  // namespace radfm::report
