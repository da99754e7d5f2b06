# SPDX-License-Identifier: Apache-2.0
# Headers that many files include, compiled once for each kind of target: most of a test's time is theirs, and of a file that computes
# with libtorch. No file may rely on them: builds without (CMAKE_DISABLE_PRECOMPILE_HEADERS=ON) must pass too.
#   radfm_precompiled(TARGET tests|network|network_tests)
# A file that is compiled with flags of its own says so (SKIP_PRECOMPILE_HEADERS); a header that does not fit is an error
# (-Winvalid-pch).

# GCC 12 forgets which headers are the system's when they are precompiled, and blames std::string and std::variant for what it passes
# over otherwise. All other libraries are compiled with these warnings, and so is everything in builds without.
# -pthread: some libraries ask for it, and what reads one precompiled header is compiled in one way.
add_library(radfm_precompiled_settings INTERFACE)
if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  target_compile_options(radfm_precompiled_settings INTERFACE -pthread
    -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()

function(radfm_precompiled target kind)
  set(owner radfm_precompiled_${kind})
  if(NOT TARGET ${owner})
    set(source ${CMAKE_BINARY_DIR}/precompiled/${kind}.cpp)
    if(kind MATCHES "tests$")  # programs are compiled with -fPIE, libraries with -fPIC: one does not fit the other
      file(CONFIGURE OUTPUT ${source} CONTENT "int main() {}\n")
      add_executable(${owner} EXCLUDE_FROM_ALL ${source})
      target_link_libraries(${owner} PRIVATE radfm_test_settings GTest::gmock)
    else()
      file(CONFIGURE OUTPUT ${source} CONTENT "\n")
      add_library(${owner} OBJECT EXCLUDE_FROM_ALL ${source})
    endif()
    target_link_libraries(${owner} PRIVATE radfm_settings radfm_precompiled_settings nlohmann_json::nlohmann_json)
    if(kind MATCHES "^network")
      target_link_libraries(${owner} PRIVATE TorchWheel::torch)
    endif()
    target_precompile_headers(${owner} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${kind}.h)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
  target_link_libraries(${target} PRIVATE radfm_precompiled_settings)
endfunction()
