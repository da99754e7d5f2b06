# SPDX-License-Identifier: Apache-2.0
# libtorch out of PyPI's torch wheel in .deps/python. (Torch's own package file insists on a CUDA toolkit.)
# Gives the imported target TorchWheel::torch; with RADFM_CUDA also libtorch_cuda and libc10_cuda.
file(GLOB TorchWheel_SITE ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages)
if(RADFM_TORCH_SITE)
  set(TorchWheel_SITE ${RADFM_TORCH_SITE})
endif()
find_path(TorchWheel_INCLUDE torch/csrc/api/include/torch/torch.h PATHS ${TorchWheel_SITE}/torch/include NO_DEFAULT_PATH)
find_library(TorchWheel_CPU torch_cpu PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH)
find_library(TorchWheel_C10 c10 PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(TorchWheel
  REQUIRED_VARS TorchWheel_CPU TorchWheel_C10 TorchWheel_INCLUDE
  REASON_FAILURE_MESSAGE "run scripts/setup first: it puts the torch wheel into .deps/python")
if(TorchWheel_FOUND AND NOT TARGET TorchWheel::torch)
  add_library(TorchWheel::torch INTERFACE IMPORTED)
  target_include_directories(TorchWheel::torch SYSTEM INTERFACE
    ${TorchWheel_INCLUDE} ${TorchWheel_INCLUDE}/torch/csrc/api/include)
  target_link_libraries(TorchWheel::torch INTERFACE ${TorchWheel_CPU} ${TorchWheel_C10})
  set(TorchWheel_RPATH ${TorchWheel_SITE}/torch/lib ${TorchWheel_SITE}/nvidia/cu13/lib)
  target_link_options(TorchWheel::torch INTERFACE
    "LINKER:-rpath,${TorchWheel_SITE}/torch/lib" "LINKER:-rpath,${TorchWheel_SITE}/nvidia/cu13/lib"
    "LINKER:-rpath-link,${TorchWheel_SITE}/torch/lib" "LINKER:-rpath-link,${TorchWheel_SITE}/nvidia/cu13/lib")
  if(RADFM_CUDA)
    find_library(TorchWheel_CUDA torch_cuda PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH REQUIRED)
    find_library(TorchWheel_C10_CUDA c10_cuda PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH REQUIRED)
    # Nothing refers to these by symbol; their registrations are what the engine needs.
    target_link_options(TorchWheel::torch INTERFACE
      "LINKER:--no-as-needed,${TorchWheel_CUDA},${TorchWheel_C10_CUDA},--as-needed")
  endif()
endif()
