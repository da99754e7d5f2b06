# SPDX-License-Identifier: Apache-2.0
# The second implementation of db/queue.h, for tests and simulations.
if(NOT TARGET radfm_memory_queue)
  set(parts "")
  foreach(part memory_queue memory_queue_studies memory_queue_claim memory_queue_work memory_queue_outbox memory_queue_ending
               memory_queue_people memory_queue_withdrawal memory_queue_listing memory_queue_tallies)
    list(APPEND parts ${CMAKE_SOURCE_DIR}/tests/support/${part}.cpp)
  endforeach()
  radfm_library(radfm_memory_queue SOURCES ${parts} LINK radfm_db)
endif()
