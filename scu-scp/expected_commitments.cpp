// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/expected_commitments.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <mutex>

namespace radfm::scu {
namespace {

constexpr std::uint32_t transaction_tag = 0x00081195, committed_sequence = 0x00081199,
                        failed_sequence = 0x00081198, instance_tag = 0x00081155, reason_tag = 0x00081197;

// PS3.4 J.3.3.1.2: what the event's data set says.
struct Event {
  std::string transaction_uid, instance;
  std::set<std::string> committed;
  std::map<std::string, std::uint16_t> failed;

  void take(const DataElement& element) {
    if (element.depth == 0 && element.tag == transaction_tag) transaction_uid = text_of(element);
    if (element.depth != 1) return;
    if (element.tag == instance_tag) {
      instance = text_of(element);
      if (element.sequence == committed_sequence) committed.insert(instance);
      if (element.sequence == failed_sequence) failed.emplace(instance, 0);
    } else if (element.tag == reason_tag && element.sequence == failed_sequence &&
               element.value.size() == 2) {
      failed[instance] = static_cast<std::uint16_t>(element.value[0] | element.value[1] << 8);
    }
  }
};

struct Expectation {
  std::string archive;
  std::set<std::string> instances;
  std::optional<CommitmentResult> result;
  int arrived_fd = -1;

  void settle(const Event& event) {
    CommitmentResult settled;
    for (const std::string& instance : instances) {
      const auto failure = event.failed.find(instance);
      if (failure != event.failed.end())
        settled.failed.insert(*failure);  // in both lists: not safe
      else if (event.committed.contains(instance))
        settled.committed.insert(instance);
      else
        settled.unmentioned.insert(instance);
    }
    result = std::move(settled);
  }
};

}  // namespace

struct ExpectedCommitments::State {
  std::mutex mutex;
  std::map<std::string, Expectation> open;  // by transaction UID
};

class ExpectedCommitments::OpenTransaction final : public Transaction {
 public:
  OpenTransaction(std::shared_ptr<State> state, std::string uid, int arrived_fd)
      : state_(std::move(state)), uid_(std::move(uid)), arrived_fd_(arrived_fd) {}
  ~OpenTransaction() override {
    const std::lock_guard lock(state_->mutex);
    state_->open.erase(uid_);
    ::close(arrived_fd_);
  }
  const std::string& uid() const override { return uid_; }
  std::optional<CommitmentResult> result() const override {
    const std::lock_guard lock(state_->mutex);
    return state_->open.at(uid_).result;
  }
  Result<CommitmentResult> wait(std::int64_t timeout_ms, int wake_fd) const override {
    pollfd waiting[2] = {{arrived_fd_, POLLIN, 0}, {wake_fd, POLLIN, 0}};
    ::poll(waiting, 2, static_cast<int>(std::clamp<std::int64_t>(timeout_ms, 0, INT_MAX)));
    if (const auto arrived = result()) return *arrived;
    if (waiting[1].revents != 0)
      return cancelled_error("woken", "given up on request: waiting for a storage commitment");
    return transient_error(
        "commitment_not_answered",
        "the archive has not said within " + std::to_string(timeout_ms) +
            " ms whether it keeps the objects; is our server entered there for storage commitment?");
  }

 private:
  const std::shared_ptr<State> state_;
  const std::string uid_;
  const int arrived_fd_;
};

ExpectedCommitments::ExpectedCommitments() : state_(std::make_shared<State>()) {}
ExpectedCommitments::~ExpectedCommitments() = default;

std::unique_ptr<ExpectedCommitments::Transaction> ExpectedCommitments::expect(
    std::string transaction_uid, std::string archive, const std::vector<ObjectReference>& objects) {
  const int arrived_fd = ::eventfd(0, EFD_CLOEXEC);
  if (arrived_fd < 0) broken_invariant("the system gives no eventfd: the limit of open files is far too low");
  const std::lock_guard lock(state_->mutex);
  Expectation& expectation = state_->open[transaction_uid];
  if (expectation.arrived_fd >= 0) broken_invariant("a storage commitment transaction is opened twice");
  expectation.archive = std::move(archive);
  expectation.arrived_fd = arrived_fd;
  for (const ObjectReference& object : objects) expectation.instances.insert(object.sop_instance_uid);
  return std::make_unique<OpenTransaction>(state_, std::move(transaction_uid), arrived_fd);
}

bool ExpectedCommitments::take(const std::string& caller, std::span<const std::uint8_t> bytes,
                               Encoding encoding) {
  Event event;
  const Status walked = walk_elements(bytes, encoding, [&](const DataElement& element) {
    event.take(element);
    return true;
  });
  if (!walked) return false;
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->open.find(event.transaction_uid);
  if (found == state_->open.end() || found->second.archive != caller) return false;
  if (found->second.result) return true;
  found->second.settle(event);
  const std::uint64_t one = 1;
  if (::write(found->second.arrived_fd, &one, sizeof one) != sizeof one)
    broken_invariant("an eventfd refuses its first count");
  return true;
}

}  // namespace radfm::scu
