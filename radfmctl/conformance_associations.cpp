// SPDX-License-Identifier: Apache-2.0
// Configuration, association policies and security of the conformance statement.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>

#include "core/configuration.h"
#include "radfmctl/conformance_statement.h"
#include "radfmctl/markdown_table.h"
#include "scu-scp/accepted_association.h"
#include "scu-scp/command_guard.h"
#include "scu-scp/dimse_exchange.h"
#include "scu-scp/expected_commitments.h"
#include "scu-scp/incoming_object.h"
#include "scu-scp/pdu_guard.h"
#include "scu-scp/prior_query.h"
#include "scu-scp/retrieval.h"
#include "scu-scp/storage_scp.h"
#include "scu-scp/store_scu.h"

namespace radfm::ctl {
namespace {

std::string configuration_table() {
  const DicomSettings dicom;
  const PacsNode node;
  const PriorSettings priors;
  return markdown_table(
      {"parameter", "default", "where"},
      {{"own AE title, of requests and of the server", code_text(dicom.ae_title), "`dicom.ae_title`"},
       {"port of the server", std::to_string(dicom.port) + ": there is none", "`dicom.port`"},
       {"address of the server (IPv4)", code_text(dicom.address), "`dicom.address`"},
       {"AE title and host of an archive", "", "`pacs[].ae_title`, `pacs[].host`"},
       {"port of an archive", std::to_string(node.port), "`pacs[].port`"},
       {"deadline of one association, search or retrieval", time_text(node.timeout_ms), "`pacs[].timeout_ms`"},
       {"deadline of the search in all archives, for one job", time_text(priors.search_timeout_ms), "`priors.search_timeout_ms`"},
       {"what archives send for one job", std::to_string(priors.retrieved_mb_max) + " MiB", "`priors.retrieved_mb_max`"},
       {"earlier studies asked for", std::to_string(priors.window_years) + " years", "`priors.window_years`"}});
}

std::string policy_table() {
  return markdown_table(
      {"", "as requestor", "as acceptor"},
      {{"application context", UID_StandardApplicationContext, UID_StandardApplicationContext},
       {"maximum length of a PDU that we announce", std::to_string(scu::data_pdu_bytes_max), std::to_string(scu::data_pdu_bytes_max)},
       {"associations at once", "one for each search, retrieval or delivery, and ended with it",
        std::to_string(scu::served_associations_max) + "; more connections are closed"},
       {"asynchronous operations", "not negotiated: one at a time", "not negotiated: one at a time"},
       {"role selection", "SCP of Storage with C-GET; else none", "SCP of Storage Commitment is accepted"},
       {"SOP class extended and common extended negotiation, user identity", "none", "none is answered"},
       {"implementation class UID", OFFIS_IMPLEMENTATION_CLASS_UID, OFFIS_IMPLEMENTATION_CLASS_UID},
       {"implementation version name", OFFIS_DTK_IMPLEMENTATION_VERSION_NAME, OFFIS_DTK_IMPLEMENTATION_VERSION_NAME}});
}

std::string timeouts_table() {
  const scu::AcceptancePolicy policy;
  const scu::Peer peer;
  return markdown_table(
      {"what", "time", "after that"},
      {{"TCP connection to a peer", "at most " + std::to_string(scu::connect_timeout_s_max) + " s", "tried again later"},
       {"an association that we request, from the connection to the release", time_text(peer.timeout_ms) + ", or as configured",
        "ended; tried again later"},
       {"a caller's TCP connection to our answer to its request", time_text(scu::association_request_timeout_ms), "closed"},
       {"an association that we accepted, to its end", time_text(policy.timeout_ms), "ended"}});
}

std::string limits_table() {
  const scu::AcceptancePolicy policy;
  return markdown_table(
      {"limit", "value", "past it"},
      {{"parameters of an association (A-ASSOCIATE-RQ, -AC)", size_text(scu::associate_pdu_bytes_max), "ended"},
       {"presentation contexts of an association", std::to_string(scu::presentation_contexts_max), "ended"},
       {"one DIMSE command", size_text(scu::command_bytes_max), "ended"},
       {"one match, list of failed instances, or event", size_text(scu::identifier_bytes_max), "ended"},
       {"answers to one association of ours, but retrievals", size_text(scu::answer_bytes_max), "ended"},
       {"matches of one question", std::to_string(scu::find_matches_max), "C-CANCEL; what still comes is not kept"},
       {"series of one retrieval", std::to_string(scu::retrieval_series_max), "not asked for"},
       {"one object that comes", size_text(scu::object_bytes_max), "refused, A700"},
       {"within which its four UIDs stand", size_text(scu::object_head_bytes_max), "refused, C000"},
       {"all that comes on one association of our server", size_text(policy.received_bytes_max), "ended"},
       {"refused objects of one association of our server", std::to_string(scu::refused_objects_max), "ended"},
       {"objects of one storage commitment", std::to_string(scu::commitment_objects_max), "not asked for"},
       {"one object that is sent", size_text(scu::store_object_bytes_max), "not sent"}});
}

std::string rejections_table() {
  std::vector<Row> rows;
  for (const Rejection& rejection : rejections) {
    rows.push_back({"1 rejected-permanent", "1 service user", std::to_string(rejection.reason), rejection.when});
  }
  return markdown_table({"result", "source", "reason", "when"}, rows);
}

}  // namespace

std::string conformance_associations() {
  return R"(## 4 Configuration

)" + configuration_table() +
         R"(## 5 Associations

### 5.1 Policies

)" + policy_table() +
         R"(Priority is always MEDIUM. What a peer sends is checked PDU by PDU before it is parsed; a peer that breaks PS3.7 or PS3.8 has its
association aborted, and is asked again later.

### 5.2 Time-outs

All are total: a peer that sends a byte now and then does not put them off.

)" + timeouts_table() +
         R"(### 5.3 Limits

)" + limits_table() +
         R"(### 5.4 Whom the server rejects

)" + rejections_table() +
         R"(Where the server speaks TLS, a caller without a trusted certificate gets no further than the handshake.

)";
}

}  // namespace radfm::ctl
