# SPDX-License-Identifier: Apache-2.0
# What every target of ours shares: the language, warnings as errors, sanitizers, ccache, where test programs land.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# Assertions stay on in every build: a broken invariant stops the program, it does not go on wrongly.
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")
string(REPLACE "-g" "-g1" CMAKE_CXX_FLAGS_RELWITHDEBINFO "${CMAKE_CXX_FLAGS_RELWITHDEBINFO}")

option(RADFM_CUDA "Link the engine with libtorch's CUDA libraries" OFF)
option(RADFM_WERROR "Warnings are errors on our own targets" ON)
set(RADFM_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined or thread")

find_program(CCACHE ccache)
if(CCACHE)
  # Without these ccache passes over whatever reads a precompiled header (ccache's manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()

if(RADFM_SANITIZE)
  add_compile_options(-fsanitize=${RADFM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${RADFM_SANITIZE})
endif()

add_library(radfm_settings INTERFACE)
target_compile_options(radfm_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference
  -Wimplicit-fallthrough $<$<BOOL:${RADFM_WERROR}>:-Werror>)
target_include_directories(radfm_settings INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_definitions(radfm_settings INTERFACE RADFM_VERSION="${PROJECT_VERSION}")

# Tests are compiled more often than they run.
add_library(radfm_test_settings INTERFACE)
target_compile_options(radfm_test_settings INTERFACE $<$<CONFIG:RelWithDebInfo>:-O1>)

include(Precompiled)

# A library of one room:  radfm_library(radfm_core SOURCES a.cpp b.cpp LINK other)
# NETWORK: it computes with libtorch, whose headers are precompiled.
function(radfm_library name)
  cmake_parse_arguments(ARG "NETWORK" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC radfm_settings ${ARG_LINK} PRIVATE ${ARG_PRIVATE_LINK})
  if(ARG_NETWORK)
    radfm_precompiled(${name} network)
  endif()
endfunction()

# A program of one room.
function(radfm_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE radfm_settings ${ARG_LINK})
endfunction()

# GoogleTest programs mirror the rooms:  radfm_test(core_tests SOURCES ... LINK radfm_core)
# Each TEST becomes one ctest entry; TIMEOUT is for each of them. NETWORK: it computes with libtorch.
# OWN_FLAGS: it is compiled with flags that precompiled headers do not fit.
function(radfm_test name)
  cmake_parse_arguments(ARG "NETWORK;OWN_FLAGS" "TIMEOUT" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE radfm_settings radfm_test_settings ${ARG_LINK} GTest::gtest_main GTest::gmock)
  if(ARG_NETWORK)
    radfm_precompiled(${name} network_tests)
  elseif(NOT ARG_OWN_FLAGS)
    radfm_precompiled(${name} tests)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
endfunction()

include(CTest)
if(BUILD_TESTING)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
