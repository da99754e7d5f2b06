// SPDX-License-Identifier: Apache-2.0
// radfmctl queue backup, restore, check: what concerns the queue's file (db/queue_file.h).
#pragma once

#include "core/configuration.h"
#include "radfmctl/command.h"

namespace radfm::ctl {

struct QueueFileOptions {
  bool replace = false;
  bool json = false;
};
bool is_file_verb(const std::string& verb);
// `words`: the verb and its file. Exit codes: 0; 1 it could not be done, or the file is damaged; 2 wrong usage.
int queue_file_command(const Configuration& configuration, const Words& words, const QueueFileOptions& options);

}  // namespace radfm::ctl
