// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/alert_ways.h"

#include "orthanc-plugin/curl_transfer.h"

namespace radfm::plugin {

Status tell_by_webhook(const AlertSettings& settings, const Alert& alert, const AlertFrame& frame, const std::atomic<bool>& stop) {
  HttpPost request;
  request.url = settings.webhook_url;
  request.body = webhook_body(alert, frame);
  request.headers = {"Content-Type: application/json", std::string("User-Agent: radfm-node/") + RADFM_VERSION, "Expect:"};
  if (!settings.webhook_secret.empty()) request.headers.push_back("X-RadFM-Signature: " + webhook_signature(settings.webhook_secret, request.body));
  request.trusted_certificates_file = settings.trusted_certificates_file;
  return post(request, stop);
}

Status tell_by_mail(const AlertSettings& settings, const Alert& alert, const AlertFrame& frame, const std::atomic<bool>& stop) {
  return submit({.server = settings.mail_server,
                 .username = settings.mail_username,
                 .password = settings.mail_password,
                 .from = settings.mail_from,
                 .to = settings.mail_to,
                 .text = mail_text(alert, frame, settings),
                 .trusted_certificates_file = settings.trusted_certificates_file},
                stop);
}

}  // namespace radfm::plugin
