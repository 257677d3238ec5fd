# Warnings, hardening and sanitizers, in one place.
set(PENSTOCK_COMPILE_OPTIONS
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2
  -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wcast-qual -Wwrite-strings -Wundef
  -Wdouble-promotion -Wnull-dereference -fno-common
  -fstack-protector-strong -fno-strict-aliasing)
set(PENSTOCK_LINK_OPTIONS -Wl,-z,relro -Wl,-z,noexecstack -Wl,--as-needed)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  list(APPEND PENSTOCK_COMPILE_OPTIONS -Wlogical-op -Wduplicated-cond -Wduplicated-branches)
endif()
if(PENSTOCK_WERROR)
  list(APPEND PENSTOCK_COMPILE_OPTIONS -Werror)
endif()
if(PENSTOCK_SANITIZE)
  set(san -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  list(APPEND PENSTOCK_COMPILE_OPTIONS ${san})
  list(APPEND PENSTOCK_LINK_OPTIONS ${san})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  list(APPEND PENSTOCK_COMPILE_OPTIONS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  # x86 only: gcc refuses it on arm64.
  include(CheckCCompilerFlag)
  check_c_compiler_flag(-fcf-protection PENSTOCK_HAS_CF_PROTECTION)
  if(PENSTOCK_HAS_CF_PROTECTION)
    list(APPEND PENSTOCK_COMPILE_OPTIONS -fcf-protection)
  endif()
endif()
if(PENSTOCK_FUZZ)
  list(APPEND PENSTOCK_COMPILE_OPTIONS -fsanitize=fuzzer-no-link)
endif()
