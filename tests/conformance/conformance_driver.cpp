// SPDX-License-Identifier: Apache-2.0
// Drives each of our SCUs, the own server and the DICOMweb client from outside, for conformance_test.py. Reads a command
// a line from standard input, answers a line: "ok ..." or "error CODE". Ends with its input. Commands, WHAT being an
// activity of `radfmctl conformance --json`:
//   tls KEY CERTIFICATE TRUSTED    from now on associations are secure, the server's too when it is started later
//   request WHAT PORT [FILE]       asks the peer PEER at 127.0.0.1; FILE: the draft, of `deliver`
//   serve                          starts a server with the caller PEER in place of the last one: "ok PORT"
//   web WHAT URL                   asks a DICOMweb server

#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>

#include "dicomweb/web_source.h"
#include "dicomweb/web_store.h"
#include "scu-scp/commitment_scu.h"
#include "scu-scp/echo_scu.h"
#include "scu-scp/find_scu.h"
#include "scu-scp/get_scu.h"
#include "scu-scp/move_scu.h"
#include "scu-scp/network.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/storage_scp.h"
#include "scu-scp/store_scu.h"

namespace radfm::scu {
namespace {

constexpr const char* study_uid = "1.2.3";
constexpr const char* series_uid = "1.2.3.4";
constexpr const char* instance_uid = "1.2.3.4.5";
constexpr const char* patient_id = "P-1";
constexpr std::uint64_t received_bytes_max = 1u << 20;

// Remembers which objects were kept, and nothing of them.
class NamesOnly final : public ObjectSink {
 public:
  Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) override {
    return std::unique_ptr<Writer>(std::make_unique<Name>(kept_, identity.sop_class_uid + "=" + identity.transfer_syntax_uid));
  }
  const std::string& kept() const { return kept_; }

 private:
  struct Name final : Writer {
    Name(std::string& kept, std::string name) : kept_(kept), name_(std::move(name)) {}
    Status write(std::span<const std::uint8_t>) override { return {}; }
    Status keep() override {
      kept_ += " " + name_;
      return {};
    }
    std::string& kept_;
    const std::string name_;
  };
  std::string kept_;
};

template <class Value>
std::string told(const Result<Value>& result, const std::string& more = "") {
  return result ? "ok" + more : "error " + result.error().code;
}
std::string told(const Status& status) { return status ? "ok" : "error " + status.error().code; }

class Driver {
 public:
  std::string obey(const std::string& line) {
    std::istringstream words(line);
    std::string command, what;
    words >> command;
    if (command == "tls") {
      TlsSettings tls;
      words >> tls.private_key_file >> tls.certificate_file >> tls.trusted_certificates_file;
      tls_ = tls;
      return "ok";
    }
    if (command == "serve") return serve();
    words >> what;
    if (command == "web") {
      std::string url;
      words >> url;
      return web(what, url);
    }
    int port = 0;
    std::string file;
    words >> port >> file;
    Peer peer;
    peer.ae_title = "PEER";
    peer.host = "127.0.0.1";
    peer.port = port;
    peer.tls = tls_;
    for (const ActivityEntry& entry : activities()) {
      if (command == "request" && what == entry.id) return request(entry.activity, peer, file);
    }
    return "error no_such_command";
  }

 private:
  std::string request(Activity activity, const Peer& peer, const std::string& file) {
    switch (activity) {
      case Activity::echo:
        return told(EchoScu(peer).echo());
      case Activity::find_study_root:
        return find({peer, QueryModel::study_root});
      case Activity::find_patient_root:
        return find({peer, QueryModel::patient_root});
      case Activity::get_study_root:
        return get({peer, QueryModel::study_root});
      case Activity::get_patient_root:
        return get({peer, QueryModel::patient_root});
      case Activity::move_study_root:
        return move({peer, QueryModel::study_root, moves_});
      case Activity::move_patient_root:
        return move({peer, QueryModel::patient_root, moves_});
      case Activity::deliver:
        return deliver(StoreScu(peer), file);
      case Activity::request_commitment:
        return told(CommitmentScu(peer, commitments_).request("1.2.9", {{std::string(basic_text_sr_uid), "1.2.3.4.5"}}, 0));
      default:
        return "error no_request";
    }
  }

  static std::string find(const FindScu& scu) {
    StudyQuery query;
    query.patient_id = patient_id;
    const auto studies = scu.studies(query, 10);
    if (!studies) return told(studies);
    const auto series = scu.series(study_uid, patient_id, 10);
    if (!series) return told(series);
    return told(scu.documents(study_uid, patient_id, 10));
  }
  static std::string get(const GetScu& scu) {
    NamesOnly sink;
    const auto got = scu.get({study_uid, {}, patient_id}, sink, received_bytes_max);
    return told(got, sink.kept());
  }
  static std::string move(const MoveScu& scu) {
    return told(scu.move({study_uid, {}, patient_id}, std::make_shared<NamesOnly>()));
  }
  static std::string deliver(const StoreScu& scu, const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream content;
    content << in.rdbuf();
    const std::string text = std::move(content).str();
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return told(scu.store({bytes}));
  }

  std::string serve() {
    ScpSettings settings;
    settings.refusal_points_max = std::numeric_limits<int>::max();  // most calls of these tests are refused
    settings.address = "127.0.0.1";
    settings.policy.callers = {{"PEER", ""}};
    settings.policy.tls = tls_;
    scp_.reset();
    auto started = StorageScp::start(settings, moves_, commitments_);
    if (!started) return told(started);
    scp_ = std::move(*started);
    return "ok " + std::to_string(scp_->port());
  }

  static std::string web(const std::string& what, const std::string& url) {
    dicomweb::WebSettings settings;
    settings.name = "PEER";
    settings.url = url;
    const auto source = dicomweb::web_source(settings);
    if (!source) return told(source);
    StudyQuery query;
    query.patient_id = patient_id;
    query.issuer = "HERE";
    query.date_from = "20200101";
    if (what == "search_studies") return told(source.value()->studies(query, 10, -1));
    if (what == "search_series") return told(source.value()->series(study_uid, patient_id, 10, -1));
    if (what == "search_documents") return told(source.value()->documents(study_uid, patient_id, 10, -1));
    RetrievalRequest wanted{study_uid, {}, patient_id};
    if (what == "store_instance") return told(dicomweb::web_store(settings, {}, instance_uid, -1));
    if (what != "retrieve_study") wanted.series_uids = {series_uid};
    if (what == "retrieve_instance") wanted.sop_instance_uid = instance_uid;
    return told(source.value()->retrieve(wanted, std::make_shared<NamesOnly>(), received_bytes_max, -1));
  }

  std::optional<TlsSettings> tls_;
  ExpectedMoves moves_;
  ExpectedCommitments commitments_;
  std::unique_ptr<StorageScp> scp_;
};

}  // namespace
}  // namespace radfm::scu

int main() {
  radfm::scu::use_dicom_network();
  radfm::scu::Driver driver;
  for (std::string line; std::getline(std::cin, line);) std::cout << driver.obey(line) << std::endl;
}
