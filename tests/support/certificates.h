// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/outside_program.h"

namespace radfm::test {

// Keys and certificates, made anew for each run by the openssl program.
class Certificates {
 public:
  Certificates(const std::string& program, const std::filesystem::path& folder)
      : program_(program), folder_(folder) {}

  // An authority of this name.
  void authority(const std::string& name) {
    run({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout",
         key(name), "-out", certificate(name)});
  }
  // A certificate for this host ("IP:127.0.0.1", "DNS:host") by that authority; `days` that it is good for, negative: it has expired.
  void host(const std::string& name, const std::string& alternative, const std::string& issuer, int days = 2) {
    run({"req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", key(name), "-out",
         path(name + ".csr")});
    write_file(path(name + ".ext"), "subjectAltName=" + alternative + "\n");
    run({"x509", "-req", "-days", std::to_string(days), "-in", path(name + ".csr"), "-CA", certificate(issuer), "-CAkey",
         key(issuer), "-CAcreateserial", "-extfile", path(name + ".ext"), "-out", certificate(name)});
  }
  // A certificate for this host that nobody but its own key has signed.
  void self_signed(const std::string& name, const std::string& alternative) {
    run({"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=" + alternative,
         "-keyout", key(name), "-out", certificate(name)});
  }
  std::string key(const std::string& name) const { return path(name + ".key"); }
  std::string certificate(const std::string& name) const { return path(name + ".pem"); }

 private:
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program_);
    const auto done = run_outside_program(arguments);
    if (done.exit_code != 0) throw std::runtime_error("openssl: " + done.output);
  }
  const std::string program_;
  const std::filesystem::path folder_;
};

}  // namespace radfm::test
