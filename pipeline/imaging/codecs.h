// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace radfm::imaging {

// Loads DCMTK's dictionary, registers its decoders (RLE, JPEG, JPEG-LS) and turns its logging off: its lines
// can hold patient data. Once for each process, before the first file and before the process gives up its
// rights; repeating it does nothing. False: no dictionary was found (DCMDICTPATH), and implicit VR files
// cannot be read.
bool prepare_decoders();

}  // namespace radfm::imaging
