// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/negotiated_syntaxes.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmdata/dcxfer.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/lst.h>

#include <cstdio>

namespace radfm::scu {
void NegotiatedSyntaxes::take_over(T_ASC_Association& association) {
  // The requested contexts, with what was answered to each: here DCMTK looks an accepted one up, in both roles.
  LST_HEAD** list = &association.params->DULparams.requestedPresentationContext;
  if (*list == nullptr) return;
  for (void* node = LST_Position(list, LST_Head(list)); node != nullptr; node = LST_Next(list)) {
    auto& context = *static_cast<DUL_PRESENTATIONCONTEXT*>(node);
    if (context.result != ASC_P_ACCEPTANCE) continue;
    syntaxes_[context.presentationContextID] = context.acceptedTransferSyntax;
    if (DcmXfer(context.acceptedTransferSyntax).getXfer() != EXS_Unknown) continue;
    std::snprintf(context.acceptedTransferSyntax, sizeof context.acceptedTransferSyntax, "%s",
                  UID_LittleEndianExplicitTransferSyntax);
  }
}

std::string NegotiatedSyntaxes::of(std::uint8_t context) const {
  const auto found = syntaxes_.find(context);
  return found == syntaxes_.end() ? std::string() : found->second;
}

}  // namespace radfm::scu
