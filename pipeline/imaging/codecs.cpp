// SPDX-License-Identifier: Apache-2.0
#include "pipeline/imaging/codecs.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

namespace radfm::imaging {

bool prepare_decoders() {
  static const bool dictionary_loaded = [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs(EDC_never);  // grey images only: no colour conversion can be wanted
    DJLSDecoderRegistration::registerCodecs();
    return static_cast<bool>(dcmDataDict.isDictionaryLoaded());
  }();
  return dictionary_loaded;
}

}  // namespace radfm::imaging
