# SPDX-License-Identifier: Apache-2.0
# Runs while it is installed: copies of libtorch what the programs in PROGRAMS need (from SITE, the wheel's site-packages) into
# LIBRARIES, and lets them look for it there and nowhere else.
if(NOT PATCHELF)
  message(FATAL_ERROR "patchelf is missing (scripts/setup installs it): programs would look for libtorch where they were built")
endif()

set(programs)
foreach(program ${PROGRAMS})
  list(APPEND programs $ENV{DESTDIR}${LIBEXEC}/${program})
endforeach()
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${programs}
  RESOLVED_DEPENDENCIES_VAR needed UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_INCLUDE_REGEXES "^lib(torch|c10|gomp|cu|nv)" PRE_EXCLUDE_REGEXES ".*"
  POST_EXCLUDE_REGEXES "^/(usr/)?lib/")
if(missing)
  message(FATAL_ERROR "not found: ${missing}")
endif()
foreach(library ${needed})
  file(INSTALL DESTINATION ${LIBRARIES} TYPE SHARED_LIBRARY FOLLOW_SYMLINK_CHAIN FILES ${library})
endforeach()

# The CUDA libraries load others by name while they run, which no header names: all of the wheel's go along.
list(FILTER needed INCLUDE REGEX "torch_cuda")
if(needed)
  file(GLOB cuda_libraries ${SITE}/nvidia/*/lib/*.so* ${SITE}/torch/lib/*.so*)
  list(FILTER cuda_libraries EXCLUDE REGEX "torch_python|nvperf")
  file(INSTALL DESTINATION ${LIBRARIES} TYPE SHARED_LIBRARY FILES ${cuda_libraries})
endif()

# file(INSTALL) has put DESTDIR before it, as all of CMake's installing does.
file(GLOB copied $ENV{DESTDIR}${LIBRARIES}/*.so*)
if(NOT copied)
  message(FATAL_ERROR "nothing of libtorch was copied into ${LIBRARIES}")
endif()
foreach(library ${copied})
  execute_process(COMMAND ${PATCHELF} --set-rpath "$ORIGIN" ${library} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
foreach(program ${programs})
  execute_process(COMMAND ${STRIP} ${program} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${PATCHELF} --set-rpath "$ORIGIN/../../lib/radfm-node" ${program} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
