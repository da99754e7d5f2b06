// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/storage_scp.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dimse.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <list>
#include <thread>

#include "core/log.h"
#include "scu-scp/commitment_event.h"
#include "scu-scp/dimse_exchange.h"
#include "scu-scp/guarded_transport.h"
#include "scu-scp/object_reception.h"
#include "scu-scp/listener.h"
#include "scu-scp/watchdog.h"

namespace radfm::scu {
namespace {

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// What one association asks for, one request after the other.
class Service {
 public:
  Service(AcceptedAssociation& association, ExpectedMoves& moves, ExpectedCommitments& commitments)
      : association_(association), moves_(moves), commitments_(commitments) {}

  Status run() {
    for (;;) {
      association_.await_request();
      const auto request = receive_request(association_, "waiting for a request");
      if (!request) return request.error();
      association_.serve_request();
      if (!request.value()) {
        association_.release();
        return {};
      }
      if (auto served = serve(*request.value()); !served) return served;
    }
  }
  std::size_t kept() const { return kept_; }
  std::size_t refused() const { return refused_; }

 private:
  Status serve(const IncomingCommand& command) {
    switch (command.message.CommandField) {
      case DIMSE_C_ECHO_RQ:
        return answer_echo(command);
      case DIMSE_C_STORE_RQ:
        return take_object(command);
      case DIMSE_N_EVENT_REPORT_RQ:
        return take_commitment_event(association_, command, association_.caller(), commitments_);
      default:
        return transient_error("peer_broke_protocol",
                               association_.name() + ": a request that this server does not know");
    }
  }

  Status answer_echo(const IncomingCommand& command) {
    T_DIMSE_C_EchoRQ request = command.message.msg.CEchoRQ;
    const OFCondition condition =
        DIMSE_sendEchoResponse(association_.handle(), command.context, &request, STATUS_Success, nullptr);
    if (condition.bad()) return association_.failure(condition, "answering a C-ECHO");
    return {};
  }

  Status take_object(const IncomingCommand& command) {
    const T_DIMSE_C_StoreRQ& request = command.message.msg.CStoreRQ;
    MoveSender sender{association_.caller(), std::nullopt, std::nullopt};
    if ((request.opts & O_STORE_MOVEORIGINATORAETITLE) != 0)
      sender.originator = request.MoveOriginatorApplicationEntityTitle;
    if ((request.opts & O_STORE_MOVEORIGINATORID) != 0) sender.message = request.MoveOriginatorID;
    const SinkChoice choose = [&](const ObjectIdentity& identity) {
      return moves_.sink_for(sender, identity);
    };
    const auto stored = receive_object(association_, command, association_.caller(), choose);
    if (!stored) return stored.error();
    ++(stored.value().refusal ? refused_ : kept_);
    if (refused_ <= refused_objects_max) return {};
    return permanent_error(
        "peer_sent_too_much",
        association_.name() + " goes on sending objects that nobody asked for; the association was ended");
  }

  AcceptedAssociation& association_;
  ExpectedMoves& moves_;
  ExpectedCommitments& commitments_;
  std::size_t kept_ = 0, refused_ = 0;
};

class ThreadedScp final : public StorageScp {
 public:
  ThreadedScp(ScpSettings settings, ExpectedMoves& moves, ExpectedCommitments& commitments,
              std::unique_ptr<Listener> listener)
      : settings_(std::move(settings)),
        moves_(moves),
        commitments_(commitments),
        listener_(std::move(listener)),
        stop_fd_(::eventfd(0, EFD_CLOEXEC)) {
    if (stop_fd_ < 0) broken_invariant("the system gives no eventfd: the limit of open files is far too low");
    thread_ = std::thread([this] { accept_all(); });
  }

  ~ThreadedScp() override {
    const std::uint64_t one = 1;
    if (::write(stop_fd_, &one, sizeof one) != sizeof one)
      broken_invariant("an eventfd refuses its first count");
    thread_.join();
    for (Served& served : served_) served.thread.join();
    ::close(stop_fd_);
  }

  int port() const override { return listener_->port(); }

 private:
  struct Served {
    std::atomic<bool> done = false;
    std::thread thread;
  };

  void accept_all() {
    for (int socket = 0; (socket = listener_->accept(stop_fd_)) >= 0;) {
      served_.remove_if([](Served& served) {
        if (!served.done) return false;
        served.thread.join();
        return true;
      });
      if (is_turned_away(socket)) {
        ::close(socket);
        continue;
      }
      Served& served = served_.emplace_back();
      served.thread = std::thread([this, socket, &served] {
        serve(socket);
        served.done = true;
      });
    }
  }

  bool is_turned_away(int socket) {
    if (served_.size() >= served_associations_max) {
      log_line(LogLevel::warning, "storage-scp",
               "a connection was closed: " + std::to_string(served_associations_max) + " are open already");
      return true;
    }
    const std::string address = address_of(socket);
    if (!refused_.is_shut_out(address, settings_.refusal_points_max, steady_ms())) return false;
    log_line(LogLevel::debug, "storage-scp", "a connection from " + address + " was closed: too many of its calls were refused in this minute");
    return true;
  }

  // Told once when it begins: what follows in that minute is said at level debug.
  void note_refusal(const std::string& address, const Error& error) {
    if (error.error_class == ErrorClass::cancelled) return;
    const bool before = refused_.is_shut_out(address, settings_.refusal_points_max, steady_ms());
    refused_.note(address, error.code == "peer_timeout" ? silence_points : refusal_points, steady_ms());
    if (before || !refused_.is_shut_out(address, settings_.refusal_points_max, steady_ms())) return;
    log_line(LogLevel::warning, "storage-scp",
             "calls from " + address + " are closed at once for a minute: too many were refused or said nothing");
  }

  void serve(int socket) {
    const std::string address = address_of(socket);
    const auto association = AcceptedAssociation::accept(socket, settings_.policy, stop_fd_);
    if (!association) {
      note_refusal(address, association.error());
      if (settings_.not_let_in) settings_.not_let_in(association.error());
      return report(association.error());
    }
    Service service(*association.value(), moves_, commitments_);
    const Status ended = service.run();
    log_line(LogLevel::info, "storage-scp",
             association.value()->name() + ": " + std::to_string(service.kept()) + " objects kept, " +
                 std::to_string(service.refused()) + " refused");
    if (!ended && ended.error().code == "peer_broke_protocol") note_refusal(address, ended.error());
    if (!ended) report(ended.error());
  }

  static void report(const Error& error) {
    if (error.error_class != ErrorClass::cancelled)
      log_line(LogLevel::warning, "storage-scp", error.code + ": " + error.message);
  }

  const ScpSettings settings_;
  ExpectedMoves& moves_;
  ExpectedCommitments& commitments_;
  RefusedCallers refused_;
  const std::unique_ptr<Listener> listener_;
  const int stop_fd_;
  std::list<Served> served_;  // of the accepting thread, and of the destructor when that has ended
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<StorageScp>> StorageScp::start(ScpSettings settings, ExpectedMoves& moves,
                                                      ExpectedCommitments& commitments) {
  if (settings.policy.tls) {  // a mistake is told now, not to the first caller
    Watchdog watchdog(0, -1);
    GuardedTransport probe(watchdog, PduGuard::Side::acceptor, 0);
    if (auto secured = probe.secure(*settings.policy.tls, ""); !secured) return secured.error();
  }
  auto listener = Listener::open(settings.address, settings.port);
  if (!listener) return listener.error();
  return std::unique_ptr<StorageScp>(
      std::make_unique<ThreadedScp>(std::move(settings), moves, commitments, std::move(*listener)));
}

}  // namespace radfm::scu
