// SPDX-License-Identifier: Apache-2.0
#include "worker/event_loop.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>

#include "core/log.h"

namespace radfm::worker {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Datagrams = asio::local::datagram_protocol;

constexpr mode_t doorbell_mode = 0660;  // the group that plugin and worker share may ring
constexpr int rings_dropped_max = 1'000;  // at once; the system keeps fewer (net.unix.max_dgram_qlen)

std::pair<dev_t, ino_t> file_identity(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0 ? std::pair(found.st_dev, found.st_ino) : std::pair<dev_t, ino_t>();
}

}  // namespace

struct EventLoop::State {
  explicit State(Events what)
      : events(std::move(what)), signals(context), grace(context), ticks(context), between_rings(context), bell(context) {}

  void wait_for_signal() {
    signals.async_wait([this](error_code ec, int number) {
      if (ec) return;
      if (number == SIGHUP) {
        log_line(LogLevel::info, "worker", "SIGHUP: the configuration is checked, and the plugin asked to read it");
        events.reload();
      } else if (number == SIGUSR1) {
        log_line(LogLevel::info, "worker", "SIGUSR1: no more jobs are taken; the worker ends when those in work are over");
        events.drain();
      } else {
        on_stop_signal();
      }
      wait_for_signal();
    });
  }

  void on_stop_signal() {
    if (stopping) {
      log_line(LogLevel::warning, "worker", "second signal: exit at once");
      std::_Exit(EXIT_SUCCESS);  // engine and reader die with us; the lease is taken back by the next worker
    }
    stopping = true;
    log_line(LogLevel::info, "worker", "stopping");
    events.stop();
    grace.expires_after(std::chrono::milliseconds(stop_grace_ms));
    grace.async_wait([](error_code ec) {
      if (ec) return;
      log_line(LogLevel::warning, "worker", "the running step does not end: exit without it");
      std::_Exit(EXIT_SUCCESS);
    });
  }

  void wait_for_tick() {
    ticks.expires_after(std::chrono::milliseconds(tick_ms));
    ticks.async_wait([this](error_code ec) {
      if (ec) return;
      events.tick();
      wait_for_tick();
    });
  }

  // A ring is heard at once; what is rung while nobody listens waits in the socket and is one ring.
  void wait_for_ring() {
    bell.async_receive(asio::buffer(datagram), [this](error_code ec, std::size_t) {
      if (ec == asio::error::operation_aborted) return;
      events.rung();
      between_rings.expires_after(std::chrono::milliseconds(ring_pause_ms));
      between_rings.async_wait([this](error_code paused) {
        if (paused) return;
        if (drop_waiting_rings()) events.rung();
        wait_for_ring();
      });
    });
  }

  // True when there was one.
  bool drop_waiting_rings() {
    bool any = false;
    error_code ec;
    for (int i = 0; i < rings_dropped_max; ++i, any = true) {
      bell.receive(asio::buffer(datagram), 0, ec);
      if (ec) break;
    }
    return any;
  }

  asio::io_context context;
  Events events;
  asio::signal_set signals;
  asio::steady_timer grace, ticks, between_rings;
  Datagrams::socket bell;
  std::array<char, 64> datagram{};  // the content says nothing
  std::string bound_path;
  std::pair<dev_t, ino_t> bound_file;
  bool stopping = false;
};

EventLoop::EventLoop(Events events) : state_(std::make_unique<State>(std::move(events))) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed peer is an error value
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) state_->signals.add(number);
  state_->wait_for_signal();
}

EventLoop::~EventLoop() {
  // Another worker may have bound the path anew meanwhile: its doorbell stays.
  if (!state_->bound_path.empty() && file_identity(state_->bound_path) == state_->bound_file) {
    ::unlink(state_->bound_path.c_str());
  }
}

void EventLoop::listen(const std::filesystem::path& doorbell) {
  const auto give_up = [&](const std::string& why) {
    log_line(LogLevel::warning, "worker", "no doorbell at " + doorbell.string() + " (" + why + "): the queue is polled");
  };
  if (doorbell.string().size() >= sizeof(sockaddr_un::sun_path)) return give_up("the path is too long for a socket");
  const Datagrams::endpoint endpoint(doorbell.string());
  error_code ec;
  Datagrams::socket probe(state_->context);
  if (!probe.open(Datagrams(), ec) && !probe.connect(endpoint, ec)) {
    log_line(LogLevel::warning, "worker", "another worker serves this queue; leases keep them apart, but one is enough");
  }
  if (struct stat found {}; ::lstat(doorbell.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) {
    return give_up("something that is no socket is there");
  }
  ::unlink(doorbell.c_str());
  if (state_->bell.open(Datagrams(), ec) || state_->bell.non_blocking(true, ec) || state_->bell.bind(endpoint, ec)) return give_up(ec.message());
  ::chmod(doorbell.c_str(), doorbell_mode);
  state_->bound_path = doorbell.string();
  state_->bound_file = file_identity(state_->bound_path);
  state_->wait_for_ring();
}

void EventLoop::run() {
  state_->wait_for_tick();
  state_->context.run();
}

void EventLoop::finish() {
  asio::post(state_->context, [this] { state_->context.stop(); });
}

}  // namespace radfm::worker
