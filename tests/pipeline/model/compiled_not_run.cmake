# SPDX-License-Identifier: Apache-2.0
# A test of what this machine cannot run: that it was compiled. cmake "-DOBJECTS=FILE;FILE" -DWHAT=WORDS -P this
if(NOT OBJECTS)
  message(FATAL_ERROR "no object files were named")
endif()
foreach(object ${OBJECTS})
  if(NOT EXISTS "${object}")
    message(FATAL_ERROR "not compiled: ${object}; build all")
  endif()
endforeach()
message("pipeline/model: ${WHAT}: compiled, not run: no GPU in this build")
