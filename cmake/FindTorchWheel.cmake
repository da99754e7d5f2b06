# SPDX-License-Identifier: Apache-2.0
# libtorch out of PyPI's torch wheel in .deps/python. (Torch's own package file insists on a CUDA toolkit.)
# Gives the imported targets TorchWheel::torch (with RADFM_CUDA also libtorch_cuda), TorchWheel::cuda_headers, and with
# RADFM_CUDA TorchWheel::cuda_runtime (CUDA's runtime alone) and TorchWheel::cuda (libc10_cuda too).
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
  add_library(TorchWheel::torch INTERFACE IMPORTED GLOBAL)  # for cmake/Precompiled.cmake, wherever it is asked first
  target_include_directories(TorchWheel::torch SYSTEM INTERFACE
    ${TorchWheel_INCLUDE} ${TorchWheel_INCLUDE}/torch/csrc/api/include)
  target_link_libraries(TorchWheel::torch INTERFACE ${TorchWheel_CPU} ${TorchWheel_C10})
  set(TorchWheel_RPATH ${TorchWheel_SITE}/torch/lib ${TorchWheel_SITE}/nvidia/cu13/lib)
  target_link_options(TorchWheel::torch INTERFACE
    "LINKER:-rpath,${TorchWheel_SITE}/torch/lib" "LINKER:-rpath,${TorchWheel_SITE}/nvidia/cu13/lib"
    "LINKER:-rpath-link,${TorchWheel_SITE}/torch/lib" "LINKER:-rpath-link,${TorchWheel_SITE}/nvidia/cu13/lib")
  # A GPU's headers alone, to compile what is said to it where it is not linked: the CPU environment has them, since
  # libtorch_cpu needs the CUDA runtime's package.
  set(TorchWheel_CUDA_PLACES ${TorchWheel_SITE}/nvidia/cu13 ${TorchWheel_SITE}/nvidia/cuda_runtime /usr/local/cuda)
  find_path(TorchWheel_CUDA_INCLUDE cuda_runtime_api.h PATHS ${TorchWheel_CUDA_PLACES} PATH_SUFFIXES include NO_DEFAULT_PATH)
  add_library(TorchWheel::cuda_headers INTERFACE IMPORTED)
  target_include_directories(TorchWheel::cuda_headers SYSTEM INTERFACE
    ${TorchWheel_INCLUDE} ${TorchWheel_INCLUDE}/torch/csrc/api/include
    $<$<BOOL:${TorchWheel_CUDA_INCLUDE}>:${TorchWheel_CUDA_INCLUDE}>)
  if(RADFM_CUDA)
    find_library(TorchWheel_CUDA torch_cuda PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH REQUIRED)
    find_library(TorchWheel_C10_CUDA c10_cuda PATHS ${TorchWheel_SITE}/torch/lib NO_DEFAULT_PATH REQUIRED)
    # Wheels bring the runtime under its versioned name only.
    find_library(TorchWheel_CUDART NAMES libcudart.so.13 libcudart.so.12 libcudart.so PATHS ${TorchWheel_CUDA_PLACES}
      PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH REQUIRED)
    # Nothing refers to torch_cuda by symbol; its registrations are what the engine needs.
    target_link_options(TorchWheel::torch INTERFACE
      "LINKER:--no-as-needed,${TorchWheel_CUDA},${TorchWheel_C10_CUDA},--as-needed")
    # CUDA's runtime alone, for kernels, which know no torch.
    get_filename_component(TorchWheel_CUDART_FOLDER ${TorchWheel_CUDART} DIRECTORY)
    add_library(TorchWheel::cuda_runtime INTERFACE IMPORTED)
    target_include_directories(TorchWheel::cuda_runtime SYSTEM INTERFACE ${TorchWheel_CUDA_INCLUDE})
    target_link_libraries(TorchWheel::cuda_runtime INTERFACE ${TorchWheel_CUDART})
    target_link_options(TorchWheel::cuda_runtime INTERFACE "LINKER:-rpath,${TorchWheel_CUDART_FOLDER}")
    add_library(TorchWheel::cuda INTERFACE IMPORTED)
    target_link_libraries(TorchWheel::cuda INTERFACE TorchWheel::cuda_headers ${TorchWheel_C10_CUDA} TorchWheel::cuda_runtime)
  endif()
endif()
