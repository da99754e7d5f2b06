# SPDX-License-Identifier: Apache-2.0
# A test of what this machine cannot run: that it was compiled. cmake -DOBJECT=FILE -P this
if(NOT EXISTS "${OBJECT}")
  message(FATAL_ERROR "not compiled: ${OBJECT}; build the target radfm_cuda_compiled")
endif()
message("pipeline/model/cuda_device.cpp with RADFM_CUDA: compiled, not run: no GPU in this build")
