// SPDX-License-Identifier: Apache-2.0
// `dicom` and `pacs`: who we are on the network, and who the others are.
#include <set>

#include "core/configuration_sections.h"
#include "core/configuration_values.h"
#include "core/uid.h"

namespace radfm {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t node_name_bytes_max = 64;

void read_ae_title(JsonSection* section, std::string* target) {
  std::string text = *target;
  section->text("ae_title", &text);
  if (const auto title = AeTitle::parse(text)) {
    *target = title->str();
  } else if (section->has("ae_title")) {
    section->expect("ae_title", "1 to 16 printable ASCII characters without a backslash");
  }
}

void read_priors_by(JsonSection* section, PacsNode* node) {
  std::string by = "none";
  section->text_of("priors", &by, {"none", "c_get", "c_move", "dicomweb"});
  node->priors = by == "c_get" ? PriorsBy::c_get : by == "c_move" ? PriorsBy::c_move : by == "dicomweb" ? PriorsBy::dicomweb : PriorsBy::none;
  std::string root = "study";
  section->text_of("query_root", &root, {"study", "patient"});
  node->patient_root = root == "patient";
}

void read_store(JsonSection* section, PacsNode* node) {
  std::string store = "c_store";
  section->text_of("store", &store, {"c_store", "stow"});
  const bool web = store == "stow";
  node->store = web ? StoreBy::stow : StoreBy::c_store;
  std::string by = web ? "wado_rs" : "none";
  section->text_of("verify", &by, {"none", "c_find", "c_get", "commitment", "wado_rs"});
  node->verify = by == "c_find"       ? VerifyBy::c_find
                 : by == "c_get"      ? VerifyBy::c_get
                 : by == "commitment" ? VerifyBy::commitment
                 : by == "wado_rs"    ? VerifyBy::wado_rs
                                      : VerifyBy::none;
  if (by == "none" || web == (by == "wado_rs")) return;
  section->mistake("verify", web ? by + " goes with \"store\": \"c_store\"; after STOW-RS: wado_rs or none"
                                 : by + " goes with \"store\": \"stow\"; after C-STORE: none, c_find, c_get or commitment");
}

void read_web(JsonSection* section, const std::filesystem::path& base, Secrets secrets, PacsNode* node) {
  std::string url;
  section->text("url", &url);
  if (auto checked = checked_url(url)) {
    node->url = *checked;
  } else if (section->has("url") || node->priors == PriorsBy::dicomweb || node->store == StoreBy::stow) {
    section->expect("url", "http://HOST:PORT/PATH or https://..., the address of DICOMweb (user and password have their own keys)");
  }
  section->text("username", &node->username);
  section->text("password", &node->password);
  if (secrets == Secrets::leave) return;
  resolve_secret(section, "username", base, &node->username);
  resolve_secret(section, "password", base, &node->password);
}

// An empty list says something else than none.
void read_own_companions(JsonSection* section, PacsNode* node) {
  std::set<std::string> companions;
  read_companions(section, &companions);
  if (section->has("companions")) node->companions = std::move(companions);
}

void check_own_side(JsonSection* section, const PacsNode& node, const DicomSettings& dicom) {
  if (node.priors == PriorsBy::c_move && dicom.port == 0) {
    section->mistake("priors", "C-MOVE brings objects to a port of ours: set dicom.port, and tell the archive AE title, host and port");
  }
  if (node.verify == VerifyBy::commitment && dicom.port == 0) {
    section->mistake("verify", "storage commitment is answered at a port of ours: set dicom.port, and tell the archive AE title, host and port");
  }
  const DicomTlsSettings& tls = dicom.tls;
  if (node.tls && (tls.private_key_file.empty() || tls.certificate_file.empty() || tls.trusted_certificates_file.empty())) {
    section->mistake("tls", "TLS needs dicom.tls.private_key_file, certificate_file and trusted_certificates_file");
  }
}

PacsNode read_node(JsonSection section, const std::filesystem::path& base, Secrets secrets, const DicomSettings& dicom,
                   std::set<std::string>* names) {
  PacsNode node;
  section.require("name", "a name that rules use in their destinations");
  section.text("name", &node.name);
  const bool good_name = !node.name.empty() && node.name.size() <= node_name_bytes_max && consists_of(node.name, "-_.");
  if (section.has("name") && !good_name) section.expect("name", "1 to 64 letters, digits, - _ or .");
  if (good_name && !names->insert(node.name).second) section.mistake("name", "two entries of pacs have this name");
  read_priors_by(&section, &node);
  read_store(&section, &node);
  const bool speaks_web = node.priors == PriorsBy::dicomweb || node.store == StoreBy::stow;
  const bool speaks_dicom = node.priors == PriorsBy::c_get || node.priors == PriorsBy::c_move;
  const bool web_alone = speaks_web && !speaks_dicom && !section.has("host") && !section.has("ae_title");
  if (!web_alone) {
    section.require("ae_title", "the AE title of the remote node");
    section.require("host", "the host name or address of the remote node");
  }
  read_ae_title(&section, &node.ae_title);
  section.text("host", &node.host);
  if (section.has("host") && !is_host(node.host)) section.expect("host", "a host name or an address");
  section.number("port", &node.port, 1, 65'535);
  section.number("timeout_ms", &node.timeout_ms, 100, day_ms);
  section.boolean("tls", &node.tls);
  read_web(&section, base, secrets, &node);
  read_own_companions(&section, &node);
  check_own_side(&section, node, dicom);
  section.finish();
  return node;
}

}  // namespace

void read_dicom(JsonSection section, const std::filesystem::path& base, DicomSettings* settings) {
  read_ae_title(&section, &settings->ae_title);
  section.text("address", &settings->address);
  if (!is_host(settings->address)) section.expect("address", "the address of this machine to listen at, 0.0.0.0 for all");
  section.number("port", &settings->port, 0, 65'535);
  read_tls_files(&section, base, &settings->tls);
  section.finish();
}

std::vector<PacsNode> read_pacs(std::vector<JsonSection> sections, const std::filesystem::path& base, Secrets secrets,
                                const DicomSettings& dicom) {
  std::vector<PacsNode> nodes;
  std::set<std::string> names;
  for (auto& section : sections) nodes.push_back(read_node(std::move(section), base, secrets, dicom, &names));
  return nodes;
}

}  // namespace radfm
