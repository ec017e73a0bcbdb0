# Which compiler, which warnings, which sanitizer. clang-19 with libstdc++ 12 is the one that compiles
# coroutines rightly on Debian 12 (docs/adr/0002-compiler.md); the self-test below refuses any that does not.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(REEVE_FUZZ "build the libFuzzer targets" OFF)
set(REEVE_SANITIZE "" CACHE STRING "value for -fsanitize=, or empty")

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(FATAL_ERROR "Reeve needs clang-19 or newer (run 'make setup'); found ${CMAKE_CXX_COMPILER_ID}")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Base directory and no directory in the hash: every build folder and clone shares the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1 ${CCACHE})
endif()

add_library(reeve_flags INTERFACE)
target_include_directories(reeve_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(reeve_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wdangling -Wreturn-stack-address -Werror
  -Wno-c99-designator -Wno-missing-field-initializers
  -fno-omit-frame-pointer -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
  $<$<NOT:$<CONFIG:Release>>:-g1>)
target_compile_definitions(reeve_flags INTERFACE _GLIBCXX_ASSERTIONS)
target_link_options(reeve_flags INTERFACE -fuse-ld=lld)
if(REEVE_SANITIZE)
  target_compile_options(reeve_flags INTERFACE -fsanitize=${REEVE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(reeve_flags INTERFACE -fsanitize=${REEVE_SANITIZE})
  # Free lists hide stale handles from the sanitizers: frames and buffers come from malloc there.
  target_compile_definitions(reeve_flags INTERFACE REEVE_SANITIZED)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_link_options(reeve_flags INTERFACE -Wl,--gc-sections -Wl,--as-needed)
  target_compile_options(reeve_flags INTERFACE -ffunction-sections -fdata-sections)
endif()

try_run(SELFTEST_WRONG SELFTEST_COMPILED
  ${CMAKE_BINARY_DIR}/selftest ${CMAKE_SOURCE_DIR}/tests/toolchain/coroutine_selftest.cpp
  CXX_STANDARD 23 CXX_STANDARD_REQUIRED ON
  RUN_OUTPUT_VARIABLE SELFTEST_OUTPUT)
if(NOT SELFTEST_COMPILED OR NOT SELFTEST_WRONG EQUAL 0)
  message(FATAL_ERROR "this compiler destroys coroutine objects wrongly; use clang-19 ('make setup'):\n${SELFTEST_OUTPUT}")
endif()
