// SPDX-License-Identifier: Apache-2.0
// Compiled once and read by every test.
#pragma once
#include "cmake/precompiled/standard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
