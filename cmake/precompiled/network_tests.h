// SPDX-License-Identifier: Apache-2.0
// Compiled once and read by every test that computes with libtorch.
#pragma once
#include "cmake/precompiled/network.h"
#include "cmake/precompiled/tests.h"
