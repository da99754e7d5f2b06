# SPDX-License-Identifier: Apache-2.0
# CUDA's compiler, of the wheels in .deps/python or of the machine, called by rules of our own: CMake's CUDA language wants a whole
# toolkit, of which only the compiler is here.
#   radfm_cuda_objects(VARIABLE a.cu b.cu)   their object files, for every kind of GPU that is named below
file(GLOB radfm_nvcc_places ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/nvidia/cu13/bin)
if(RADFM_TORCH_SITE)
  list(PREPEND radfm_nvcc_places ${RADFM_TORCH_SITE}/nvidia/cu13/bin)
endif()
find_program(NVCC nvcc HINTS ${radfm_nvcc_places} PATHS /usr/local/cuda/bin)
if(NOT NVCC AND (RADFM_CUDA OR NOT RADFM_ONLY STREQUAL "model"))
  message(FATAL_ERROR "nvcc, CUDA's compiler, is missing: run scripts/setup, which puts it into .deps/python")
endif()

# A100; A10, RTX 30; L4, L40, RTX 40; H100, H200. Newer ones compile the last one's intermediate code when the engine starts.
set(RADFM_CUDA_ARCHITECTURES "80;86;89;90" CACHE STRING "Kinds of GPU that kernels are compiled for")

function(radfm_cuda_objects variable)
  set(kinds "")
  foreach(kind ${RADFM_CUDA_ARCHITECTURES})
    list(APPEND kinds -gencode arch=compute_${kind},code=sm_${kind})
    set(last ${kind})
  endforeach()
  list(APPEND kinds -gencode arch=compute_${last},code=compute_${last})
  set(strict "")
  if(RADFM_WERROR)
    set(strict -Werror all-warnings)
  endif()
  set(objects "")
  foreach(source ${ARGN})
    set(object ${CMAKE_CURRENT_BINARY_DIR}/${source}.o)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${NVCC} -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object} -MD -MF ${object}.d
        -ccbin ${CMAKE_CXX_COMPILER} -std=c++20 -O3 --expt-relaxed-constexpr -I ${CMAKE_SOURCE_DIR} ${kinds}
        ${strict} -Xptxas -warn-spills -Xcompiler -Wall,-Wextra,-fPIC,-fvisibility=hidden
      DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source}
      DEPFILE ${object}.d
      COMMENT "Compiling ${source} for GPUs (${RADFM_CUDA_ARCHITECTURES})"
      VERBATIM)
    list(APPEND objects ${object})
  endforeach()
  set(${variable} ${objects} PARENT_SCOPE)
endfunction()
