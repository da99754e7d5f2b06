// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/curl_transfer.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

namespace radfm::plugin {
namespace {

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

// Throws std::bad_alloc as anything else here that finds no memory.
List list_of(const std::vector<std::string>& lines) {
  List list;
  for (const std::string& line : lines) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int stop_asked(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

struct Reading {
  const std::string& text;
  std::size_t at = 0;
};
std::size_t read_on(char* buffer, std::size_t size, std::size_t count, void* from) {
  auto& reading = *static_cast<Reading*>(from);
  const std::size_t bytes = std::min(size * count, reading.text.size() - reading.at);
  reading.text.copy(buffer, bytes, reading.at);
  reading.at += bytes;
  return bytes;
}

// "https://hooks.example:8443/services/SECRET" -> "hooks.example:8443"
std::string server_of(const std::string& url) {
  const std::size_t begin = url.find("://") + 3;
  return url.substr(begin, url.find_first_of("/?", begin) - begin);
}

class Transfer {
 public:
  Transfer(const std::string& url, const char* protocols, const std::filesystem::path& trusted, const std::atomic<bool>& stop)
      : server_(server_of(url)), stop_(stop), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, protocols);
    set(CURLOPT_NOSIGNAL, 1L);    // other threads are Orthanc's
    set(CURLOPT_QUICK_EXIT, 1L);  // a name that does not resolve is not waited for
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(transfer_timeout_ms));
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(transfer_connect_timeout_ms));
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!trusted.empty()) {
      set(CURLOPT_CAINFO, trusted.c_str());
      set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // those and no others
    }
    set(CURLOPT_WRITEFUNCTION, &ignore_answer);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &stop_asked);
    set(CURLOPT_XFERINFODATA, const_cast<void*>(static_cast<const void*>(&stop)));
    set(CURLOPT_ERRORBUFFER, words_.data());
  }
  template <class Value>
  void set(CURLoption option, Value value) {
    refused_ = refused_ || curl_easy_setopt(easy_.get(), option, value) != CURLE_OK;
  }
  Status perform() {
    if (refused_) return not_sent("this libcurl does not know what is needed");
    const CURLcode code = curl_easy_perform(easy_.get());
    if (code == CURLE_OK) return {};
    if (stop_) return cancelled_error("stopping", "Orthanc stops");
    return not_sent(words_[0] != '\0' ? words_.data() : curl_easy_strerror(code));
  }
  Error not_sent(const std::string& why) const { return transient_error("alert_not_sent", server_ + ": " + why); }
  long answer_status() {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

 private:
  const std::string server_;
  const std::atomic<bool>& stop_;
  std::array<char, CURL_ERROR_SIZE> words_{};
  bool refused_ = false;
  Easy easy_;  // last: it writes into the words
};

}  // namespace

CurlLibrary::CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
CurlLibrary::~CurlLibrary() { curl_global_cleanup(); }

Status post(const HttpPost& request, const std::atomic<bool>& stop) {
  const List headers = list_of(request.headers);
  Transfer transfer(request.url, "http,https", request.trusted_certificates_file, stop);
  transfer.set(CURLOPT_POST, 1L);
  transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  transfer.set(CURLOPT_POSTFIELDS, request.body.c_str());
  transfer.set(CURLOPT_HTTPHEADER, headers.get());
  if (Status sent = transfer.perform(); !sent) return sent;
  const long status = transfer.answer_status();
  if (status < 200 || status > 299) return transfer.not_sent("it answered with HTTP status " + std::to_string(status));
  return {};
}

Status submit(const Mail& mail, const std::atomic<bool>& stop) {
  const List recipients = list_of(mail.to);
  Reading reading{mail.text};
  Transfer transfer(mail.server, "smtp,smtps", mail.trusted_certificates_file, stop);
  // A password goes over TLS or nowhere.
  transfer.set(CURLOPT_USE_SSL, static_cast<long>(mail.password.empty() ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  if (!mail.username.empty()) {
    transfer.set(CURLOPT_USERNAME, mail.username.c_str());
    transfer.set(CURLOPT_PASSWORD, mail.password.c_str());
  }
  transfer.set(CURLOPT_MAIL_FROM, mail.from.c_str());
  transfer.set(CURLOPT_MAIL_RCPT, recipients.get());
  transfer.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  transfer.set(CURLOPT_UPLOAD, 1L);
  transfer.set(CURLOPT_READFUNCTION, &read_on);
  transfer.set(CURLOPT_READDATA, static_cast<void*>(&reading));
  return transfer.perform();
}

}  // namespace radfm::plugin
