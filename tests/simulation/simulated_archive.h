// SPDX-License-Identifier: Apache-2.0
// An archive that drafts are sent to, with its troubles, and how a worker sees it (worker/destination.h says what each way of
// asking proves).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace radfm::worker {
class Destination;
class Interrupt;
}  // namespace radfm::worker
namespace radfm::db {
struct Lease;
}

namespace radfm::simulation {

class World;

// How it can be asked: the object is fetched and compared; only its name is known; not at all.
enum class Asking { fetches, names, cannot };
struct ArchiveKind {
  const char* name;
  Asking asking;
};
inline constexpr std::array archive_kinds{ArchiveKind{"ARCHIVE", Asking::fetches}, ArchiveKind{"FINDER", Asking::names},
                                          ArchiveKind{"PLAIN", Asking::cannot}};

struct SimulatedArchive {
  std::string name;
  Asking asking = Asking::fetches;
  bool down = false, slow = false;
  int fails_though_stored = 0, loses_silently = 0;  // of the next sends; one that cannot be asked does not lose: nobody could see it
  std::map<std::string, std::vector<std::uint8_t>> holds{};  // by SOP Instance UID
};

// One attempt's view of it. All must outlive it; `lease` is that of the attempt.
std::unique_ptr<worker::Destination> archive_destination(World& world, SimulatedArchive& archive, const worker::Interrupt& interrupt,
                                                         const db::Lease& lease);

}  // namespace radfm::simulation
