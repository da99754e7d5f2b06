// SPDX-License-Identifier: Apache-2.0
#include "pipeline/process/process_rights.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace radfm::process {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#else
#error "the sandbox knows x86-64 and arm64"
#endif

constexpr std::uint32_t kill_process = SECCOMP_RET_KILL_PROCESS, allow = SECCOMP_RET_ALLOW,
                        refuse = SECCOMP_RET_ERRNO | EPERM, not_there = SECCOMP_RET_ERRNO | ENOSYS,
                        no_such_family = SECCOMP_RET_ERRNO | EAFNOSUPPORT;

constexpr long socket_calls[] = {SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4};

constexpr long forbidden_calls[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_bpf,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    SYS_init_module,
    SYS_finit_module,
    SYS_kexec_load,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
};

constexpr long file_changing_calls[] = {
    SYS_unlinkat, SYS_mkdirat,  SYS_mknodat,  SYS_linkat,    SYS_symlinkat, SYS_renameat2,
    SYS_fchmod,   SYS_fchmodat, SYS_fchown,   SYS_fchownat,  SYS_truncate,  SYS_setxattr,
    SYS_fsetxattr,
#ifdef SYS_open
    SYS_unlink,   SYS_mkdir,    SYS_rmdir,    SYS_mknod,     SYS_link,      SYS_symlink,
    SYS_rename,   SYS_renameat, SYS_chmod,    SYS_chown,     SYS_lchown,    SYS_creat,
#endif
};

// openat2: its flags lie in memory, where a filter cannot look.
constexpr long refused_calls[] = {SYS_kill, SYS_tkill, SYS_openat2};

class FilterProgram {
 public:
  void load(std::size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
  void end(std::uint32_t verdict) { add(BPF_RET | BPF_K, verdict); }
  void if_equal(std::uint32_t value, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    end(verdict);
  }
  void if_not_equal(std::uint32_t value, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    end(verdict);
  }
  void if_any_bit(std::uint32_t bits, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    end(verdict);
  }
  void if_no_bit(std::uint32_t bits, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
    end(verdict);
  }
  // For the call `number`: `verdict` when its argument has any of these bits, else allowed.
  void call_with_bits(long number, int argument, std::uint32_t bits, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 4);
    load_argument(argument);
    if_any_bit(bits, verdict);
    end(allow);
  }
  void call_without_bits(long number, int argument, std::uint32_t bits, std::uint32_t verdict) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 4);
    load_argument(argument);
    if_no_bit(bits, verdict);
    end(allow);
  }
  // socket() of one family only.
  void socket_of(std::uint32_t family, std::uint32_t otherwise) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(SYS_socket), 0, 4);
    load_argument(0);
    if_not_equal(family, otherwise);
    end(allow);
  }
  std::vector<sock_filter> instructions;

 private:
  void load_argument(int argument) {
    load(offsetof(seccomp_data, args) +
         sizeof(std::uint64_t) * static_cast<std::size_t>(argument));  // low word
  }
  void add(int code, std::uint32_t value, int when_true = 0, int when_false = 0) {
    instructions.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(when_true),
                            static_cast<std::uint8_t>(when_false), value});
  }
};

}  // namespace

std::vector<sock_filter> rights_filter(const ProcessRights& rights) {
  constexpr std::uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
  const std::uint32_t forbidden = rights.misuse_is_fatal ? kill_process : refuse;
  FilterProgram program;
  const auto all = [&program](const auto& calls, std::uint32_t verdict) {
    for (const long call : calls) program.if_equal(static_cast<std::uint32_t>(call), verdict);
  };
  program.load(offsetof(seccomp_data, arch));
  program.if_not_equal(own_architecture, kill_process);
  program.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  program.if_any_bit(0x40000000, kill_process);  // x32: other numbers for the same calls
#endif
  if (rights.start_program) program.if_equal(SYS_execve, allow);
  if (!rights.unix_sockets) all(socket_calls, forbidden);
  all(forbidden_calls, forbidden);
  all(refused_calls, refuse);
  if (!rights.write_files) all(file_changing_calls, refuse);
  program.if_equal(SYS_clone3, not_there);  // its flags lie in memory; the C library falls back to clone
  program.call_without_bits(SYS_clone, 0, CLONE_THREAD, forbidden);
  if (rights.unix_sockets) program.socket_of(AF_UNIX, no_such_family);
  if (!rights.write_files) {
    program.call_with_bits(SYS_openat, 2, writing, refuse);
#ifdef SYS_open
    program.call_with_bits(SYS_open, 1, writing, refuse);
#endif
  }
  program.end(allow);
  return program.instructions;
}

bool give_up_rights(const std::vector<sock_filter>& filter) {
  const sock_fprog handle{static_cast<unsigned short>(filter.size()), const_cast<sock_filter*>(filter.data())};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &handle) == 0;
}

}  // namespace radfm::process
