// SPDX-License-Identifier: GPL-3.0-or-later
// How an alert goes out (AlertDesk's ways). Errors: those of curl_transfer.h. Safe from any thread.
#pragma once

#include <atomic>

#include "orthanc-plugin/alert.h"

namespace radfm::plugin {

// POST of webhook_body() to alerts.webhook_url; with a secret its HMAC stands in X-RadFM-Signature.
Status tell_by_webhook(const AlertSettings& settings, const Alert& alert, const AlertFrame& frame, const std::atomic<bool>& stop);
// mail_text() to all of alerts.mail_to.
Status tell_by_mail(const AlertSettings& settings, const Alert& alert, const AlertFrame& frame, const std::atomic<bool>& stop);

}  // namespace radfm::plugin
