# SPDX-License-Identifier: Apache-2.0
# Stand-ins for radfm-reader and radfm-engine under their own names, in one folder: RADFM_LIBEXEC finds them.
set(FAKE_CHILDREN ${CMAKE_BINARY_DIR}/tests/fake_children)
if(NOT TARGET fake_reader)
  radfm_program(fake_reader SOURCES ${CMAKE_SOURCE_DIR}/tests/support/fake_reader.cpp LINK radfm_reading)
  radfm_program(fake_engine SOURCES ${CMAKE_SOURCE_DIR}/tests/support/fake_engine.cpp LINK radfm_prompt radfm_prompt_fitting)
  set_target_properties(fake_reader PROPERTIES OUTPUT_NAME radfm-reader RUNTIME_OUTPUT_DIRECTORY ${FAKE_CHILDREN})
  set_target_properties(fake_engine PROPERTIES OUTPUT_NAME radfm-engine RUNTIME_OUTPUT_DIRECTORY ${FAKE_CHILDREN})
endif()
