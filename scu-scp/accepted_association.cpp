// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/accepted_association.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/dcmnet/assoc.h>
#include <dcmtk/dcmnet/cond.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "scu-scp/association_failure.h"
#include "scu-scp/guarded_transport.h"
#include "scu-scp/listener.h"
#include "scu-scp/negotiated_syntaxes.h"
#include "scu-scp/presentation_tables.h"
#include "scu-scp/watchdog.h"

namespace radfm::scu {
namespace {

// DCMTK takes a socket that somebody else accepted from a variable of the whole process. It is set under this
// mutex, and only until DCMTK has handed the socket to our transport: what a peer sends, or does not send,
// holds up nobody else.
std::mutex external_socket_mutex;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> found;
  for (const std::string& text : texts) found.push_back(text.c_str());
  return found;
}

class ServedAssociation final : public AcceptedAssociation {
 public:
  ServedAssociation(int socket, const AcceptancePolicy& policy, int wake_fd)
      : policy_(policy),
        address_(address_of(socket)),
        name_("a caller at " + address_),
        watchdog_(association_request_timeout_ms, wake_fd),
        transport_(watchdog_, PduGuard::Side::acceptor, policy.received_bytes_max) {}

  ~ServedAssociation() override {
    if (association_ != nullptr) {
      if (established_) ASC_abortAssociation(association_);
      ASC_destroyAssociation(&association_);
    }
    watchdog_.forget();
    if (network_ != nullptr) ASC_dropNetwork(&network_);
  }

  Status open(int socket) {
    bool taken = false;
    const Status received = receive(socket, taken);
    if (!taken) ::close(socket);
    if (!received) return received;
    if (auto known = identify(); !known) return known;
    OFCondition condition = choose_contexts();
    if (condition.good()) condition = ASC_acknowledgeAssociation(association_);
    if (condition.bad()) return failure(condition, "answering its request");
    established_ = true;
    syntaxes_.take_over(*association_);
    end_ms_ = steady_ms() + policy_.timeout_ms;
    serve_request();
    return {};
  }

  T_ASC_Association* handle() override { return association_; }
  const std::string& name() const override { return name_; }
  const std::string& caller() const override { return caller_; }
  void await_request() override {
    deadline_ms_ = std::min(policy_.silence_timeout_ms, end_ms_ - steady_ms());
    watchdog_.allow(deadline_ms_);
  }
  void serve_request() override {
    deadline_ms_ = policy_.timeout_ms;
    watchdog_.allow(end_ms_ - steady_ms());
  }
  std::uint8_t context_for(const std::string& abstract_syntax, const std::string& transfer_syntax) override {
    return ASC_findAcceptedPresentationContextID(association_, abstract_syntax.c_str(),
                                                 transfer_syntax.c_str());
  }
  std::string transfer_syntax_of(std::uint8_t context) const override { return syntaxes_.of(context); }
  std::int64_t left_ms() const override { return watchdog_.left_ms(); }
  Error failure(const OFCondition& condition, const std::string& doing) const override {
    return association_failure(condition, name_ + " while " + doing, watchdog_, transport_,
                               established_ ? deadline_ms_ : association_request_timeout_ms);
  }
  void release() override {
    if (established_) ASC_acknowledgeRelease(association_);
    established_ = false;
  }

 private:
  // `taken`: DCMTK owns the socket from now on.
  Status receive(int socket, bool& taken) {
    if (policy_.tls) {
      if (auto secured = transport_.secure(*policy_.tls, ""); !secured) return secured;
    }
    std::unique_lock lock(external_socket_mutex);
    const auto give_back = [&] {
      dcmExternalSocketHandle.set(-1);
      if (lock.owns_lock()) lock.unlock();
    };
    transport_.on_connection([&] {
      taken = true;
      give_back();
    });
    dcmExternalSocketHandle.set(socket);
    const int request_timeout_s = static_cast<int>(association_request_timeout_ms / 1000);
    OFCondition condition = ASC_initializeNetwork(NET_ACCEPTOR, 0, request_timeout_s, &network_);
    if (condition.good()) condition = ASC_setTransportLayer(network_, &transport_, 0);
    if (condition.good()) {
      condition = ASC_receiveAssociation(network_, &association_, data_pdu_bytes_max, nullptr, nullptr,
                                         transport_.is_secure(), DUL_NOBLOCK, request_timeout_s);
    }
    if (lock.owns_lock()) give_back();
    transport_.on_connection({});
    if (condition.bad()) return failure(condition, "requesting an association");
    // DCMTK calls it a success when the caller leaves without a word.
    if (!transport_.guard().associated()) return failure(DUL_NETWORKCLOSED, "requesting an association");
    return {};
  }

  Status identify() {
    char calling[17] = "", called[17] = "", context[65] = "";
    ASC_getAPTitles(association_->params, calling, sizeof calling, called, sizeof called, nullptr, 0);
    ASC_getApplicationContextName(association_->params, context, sizeof context);
    if (std::string(context) != UID_StandardApplicationContext) {
      return reject(ASC_REASON_SU_APPCONTEXTNAMENOTSUPPORTED,
                    "it speaks another application context than DICOM");
    }
    if (called != policy_.own_ae_title)
      return reject(ASC_REASON_SU_CALLEDAETITLENOTRECOGNIZED, "it calls another AE title than ours");
    const bool known =
        std::any_of(policy_.callers.begin(), policy_.callers.end(), [&](const KnownCaller& one) {
          return one.ae_title == calling && (one.address.empty() || one.address == address_);
        });
    if (!known)
      return reject(ASC_REASON_SU_CALLINGAETITLENOTRECOGNIZED,
                    "its AE title and address are not among the known ones");
    caller_ = calling;
    name_ = caller_ + " at " + address_;
    return {};
  }

  Status reject(T_ASC_RejectParametersReason reason, const char* why) {
    const T_ASC_RejectParameters parameters = {ASC_RESULT_REJECTEDPERMANENT, ASC_SOURCE_SERVICEUSER, reason};
    ASC_rejectAssociation(association_, &parameters);
    return permanent_error("caller_not_known",
                           name_ + " was rejected: " + why + "; enter it if it should be heard");
  }

  // Line by line: a context that no line takes is refused, one that a line took stays taken.
  OFCondition choose_contexts() {
    OFCondition condition;
    for (const PresentationLine& line : presentation_lines(Activity::serve)) {
      if (condition.good()) condition = accept_line(line);
    }
    return condition;
  }

  OFCondition accept_line(const PresentationLine& line) {
    const char* sop_class = line.sop_class_uid.c_str();
    std::vector<const char*> syntaxes = pointers(line.transfer_syntaxes);
    return ASC_acceptContextsWithPreferredTransferSyntaxes(
        association_->params, &sop_class, 1, syntaxes.data(), static_cast<int>(syntaxes.size()),
        line.role == ServiceRole::scu ? ASC_SC_ROLE_SCUSCP : ASC_SC_ROLE_DEFAULT);
  }

  const AcceptancePolicy& policy_;
  const std::string address_;
  std::string name_, caller_;
  Watchdog watchdog_;
  GuardedTransport transport_;
  T_ASC_Network* network_ = nullptr;
  T_ASC_Association* association_ = nullptr;
  NegotiatedSyntaxes syntaxes_;
  bool established_ = false;
  std::int64_t end_ms_ = 0, deadline_ms_ = 0;  // of the whole; and, in milliseconds from its beginning, the one that counts now
};

}  // namespace

Result<std::unique_ptr<AcceptedAssociation>> AcceptedAssociation::accept(int socket,
                                                                         const AcceptancePolicy& policy,
                                                                         int wake_fd) {
  auto association = std::make_unique<ServedAssociation>(socket, policy, wake_fd);
  if (auto opened = association->open(socket); !opened) return opened.error();
  return std::unique_ptr<AcceptedAssociation>(std::move(association));
}

}  // namespace radfm::scu
