// SPDX-License-Identifier: GPL-3.0-or-later
// What a page of another site makes a browser send with its user's password. Pure functions over headers that browsers set and pages cannot
// (Fetch Metadata, RFC 6454 Origin, Referer). A program that is no browser sends none of them, and needs none.
#pragma once

#include "orthanc-plugin/rest_request.h"

namespace radfm::plugin {

// A request that changes something: it must carry what a form or a script of another site cannot send without a preflight, which Orthanc
// does not answer (the header X-RadFM, or the content type application/json), and no header may say that it comes from elsewhere.
bool is_foreign_change(const RestRequest& request);

// A GET that another site embeds, as an image, a script or a frame, or fetches. A link that a person follows is none.
bool is_foreign_read(const RestRequest& request);

}  // namespace radfm::plugin
