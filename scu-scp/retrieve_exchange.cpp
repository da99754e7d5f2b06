// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/retrieve_exchange.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <dcmtk/dcmdata/dcdeftag.h>

#include "scu-scp/dimse_exchange.h"

namespace radfm::scu {

void fill_identifier(DcmDataset& identifier, const RetrievalRequest& request, const std::string& series_uid,
                     QueryModel model) {
  const std::string& object = request.sop_instance_uid;
  identifier.putAndInsertString(DCM_QueryRetrieveLevel, series_uid.empty() ? "STUDY"
                                                        : object.empty()   ? "SERIES"
                                                                           : "IMAGE");
  if (model == QueryModel::patient_root)
    identifier.putAndInsertString(DCM_PatientID, request.patient_id.c_str());
  identifier.putAndInsertString(DCM_StudyInstanceUID, request.study_uid.c_str());
  if (!series_uid.empty()) identifier.putAndInsertString(DCM_SeriesInstanceUID, series_uid.c_str());
  if (!object.empty()) identifier.putAndInsertString(DCM_SOPInstanceUID, object.c_str());
}

Status judge_retrieval(std::uint16_t status, std::size_t failed, const std::string& who) {
  // B000 and, from some archives where all of them failed, A702: sub-operations failed, which are counted;
  // FE00: ended as we asked.
  if (status == 0x0000 || status == 0xB000 || status == 0xFE00 || (status == 0xA702 && failed > 0)) return {};
  const std::string answer = who + ": the peer answers with status " + status_hex(status);
  if (status == 0xA801) {
    return permanent_error(
        "peer_knows_no_destination",
        answer + ": it does not know our AE title as a destination; enter title, address and port there");
  }
  if ((status & 0xFF00) == 0xA700)
    return transient_error("peer_busy", answer + ": it is out of resources; it is asked again later");
  return permanent_error("peer_refused_query", answer + ": it does not take this retrieval; see its log");
}

}  // namespace radfm::scu
