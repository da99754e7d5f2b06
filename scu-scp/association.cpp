// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/association.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/cond.h>
#include <dcmtk/dcmnet/dimse.h>

#include <algorithm>

#include "core/uid.h"
#include "scu-scp/association_failure.h"
#include "scu-scp/guarded_transport.h"
#include "scu-scp/negotiated_syntaxes.h"
#include "scu-scp/watchdog.h"

namespace radfm::scu {
namespace {

int whole_seconds(std::int64_t milliseconds) {
  return static_cast<int>(std::min<std::int64_t>((milliseconds + 999) / 1000, 86'400));
}

class RequestedAssociation final : public Association {
 public:
  RequestedAssociation(const Peer& peer, int wake_fd, std::uint64_t received_bytes_max)
      : peer_(peer),
        name_(peer.ae_title + " at " + peer.host + ":" + std::to_string(peer.port)),
        watchdog_(peer.timeout_ms, wake_fd),
        transport_(watchdog_, PduGuard::Side::requestor, received_bytes_max) {}

  ~RequestedAssociation() override {
    if (association_ != nullptr) {
      if (established_) ASC_abortAssociation(association_);
      ASC_destroyAssociation(&association_);
    }
    watchdog_.forget();
    if (network_ != nullptr) ASC_dropNetwork(&network_);
  }

  Status open(const std::vector<ProposedContext>& contexts) {
    if (peer_.tls) {
      if (auto secured = transport_.secure(*peer_.tls, peer_.tls->check_host_name ? peer_.host : "");
          !secured)
        return secured;
    }
    OFCondition condition =
        ASC_initializeNetwork(NET_REQUESTOR, 0, std::max(whole_seconds(watchdog_.left_ms()), 1), &network_);
    if (condition.good()) condition = ASC_setTransportLayer(network_, &transport_, 0);
    if (condition.bad()) return failure(condition, "preparing the network");
    T_ASC_Parameters* parameters = nullptr;
    condition = describe(contexts, &parameters);
    if (condition.bad()) {
      ASC_destroyAssociationParameters(&parameters);
      return failure(condition, "preparing the association");
    }
    // For the whole process; associations of other threads have a limit of the same kind.
    dcmConnectionTimeout.set(std::clamp(whole_seconds(watchdog_.left_ms()), 1, connect_timeout_s_max));
    condition = ASC_requestAssociation(network_, parameters, &association_);
    if (association_ == nullptr) ASC_destroyAssociationParameters(&parameters);
    if (condition.bad()) return refusal(condition, parameters);
    established_ = true;
    syntaxes_.take_over(*association_);
    if (watchdog_.reason() != Watchdog::Reason::none) return failure(EC_Normal, "requesting the association");
    return {};
  }

  T_ASC_Association* handle() override { return association_; }
  const std::string& name() const override { return name_; }

  std::uint8_t context_for(const std::string& abstract_syntax, const std::string& transfer_syntax) override {
    const std::uint8_t exact =
        ASC_findAcceptedPresentationContextID(association_, abstract_syntax.c_str(), transfer_syntax.c_str());
    return exact != 0 ? exact : ASC_findAcceptedPresentationContextID(association_, abstract_syntax.c_str());
  }

  std::string transfer_syntax_of(std::uint8_t context) const override { return syntaxes_.of(context); }
  std::int64_t left_ms() const override { return watchdog_.left_ms(); }

  Error failure(const OFCondition& condition, const std::string& doing) const override {
    return association_failure(condition, name_ + " while " + doing, watchdog_, transport_, peer_.timeout_ms);
  }

  void release() override {
    if (!established_) return;
    // A peer that does not answer the release has all objects already.
    if (ASC_releaseAssociation(association_).bad()) ASC_abortAssociation(association_);
    established_ = false;
  }

 private:
  OFCondition describe(const std::vector<ProposedContext>& contexts, T_ASC_Parameters** parameters) const {
    OFCondition condition = ASC_createAssociationParameters(parameters, data_pdu_bytes_max);
    if (condition.good()) {
      condition = ASC_setAPTitles(*parameters, peer_.own_ae_title.c_str(), peer_.ae_title.c_str(), nullptr);
    }
    const std::string address = peer_.host + ":" + std::to_string(peer_.port);
    if (condition.good()) condition = ASC_setPresentationAddresses(*parameters, "localhost", address.c_str());
    if (condition.good()) condition = ASC_setTransportLayerType(*parameters, transport_.is_secure());
    T_ASC_PresentationContextID id = 1;
    for (const ProposedContext& context : contexts) {
      std::vector<const char*> syntaxes;
      for (const std::string& syntax : context.transfer_syntaxes) syntaxes.push_back(syntax.c_str());
      if (condition.good()) {
        condition = ASC_addPresentationContext(*parameters, id, context.abstract_syntax.c_str(),
                                               syntaxes.data(), static_cast<int>(syntaxes.size()),
                                               context.as_scp ? ASC_SC_ROLE_SCP : ASC_SC_ROLE_DEFAULT);
      }
      id = static_cast<T_ASC_PresentationContextID>(id + 2);
    }
    return condition;
  }

  Error refusal(const OFCondition& condition, T_ASC_Parameters* parameters) const {
    if (condition != DUL_ASSOCIATIONREJECTED || watchdog_.reason() != Watchdog::Reason::none) {
      return failure(condition, "requesting the association");
    }
    T_ASC_RejectParameters reason{};
    OFString text = "no reason given";
    if (association_ != nullptr && ASC_getRejectParameters(parameters, &reason).good()) {
      ASC_printRejectParameters(text, &reason);
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return transient_error("peer_refused_association",
                           name_ + " rejected the association as " + peer_.own_ae_title + ": " +
                               text.c_str() + "; check both AE titles in the peer's configuration");
  }

  const Peer peer_;
  const std::string name_;
  Watchdog watchdog_;
  GuardedTransport transport_;
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  NegotiatedSyntaxes syntaxes_;
  bool established_ = false;
};

}  // namespace

Result<std::unique_ptr<Association>> Association::request(const Peer& peer,
                                                          const std::vector<ProposedContext>& contexts,
                                                          int wake_fd, std::uint64_t received_bytes_max) {
  if (!AeTitle::parse(peer.own_ae_title) || !AeTitle::parse(peer.ae_title) || peer.host.empty() ||
      peer.port < 1 || peer.port > 65535) {
    return permanent_error("peer_not_configured",
                           "a peer needs a host, a port from 1 to 65535 and AE titles of 1 to 16 characters");
  }
  if (contexts.empty() || contexts.size() > presentation_contexts_max) {
    return permanent_error("too_many_classes", "one association carries 1 to 128 kinds of object, not " +
                                                   std::to_string(contexts.size()) + ": send fewer at once");
  }
  auto association = std::make_unique<RequestedAssociation>(peer, wake_fd, received_bytes_max);
  if (auto opened = association->open(contexts); !opened) return opened.error();
  return std::unique_ptr<Association>(std::move(association));
}

int wait_s(const Association& association) {
  return whole_seconds(association.left_ms()) + 1;
}

}  // namespace radfm::scu
