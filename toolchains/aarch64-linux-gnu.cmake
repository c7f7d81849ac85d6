# arm64 Linux with Debian's cross compiler and a sysroot made by `scripts/bootstrap cross`.
# Compiler only: nothing about boards. WAYSIDE_SYSROOT (cache or environment) names another sysroot.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)

if(NOT WAYSIDE_SYSROOT)
  if(DEFINED ENV{WAYSIDE_SYSROOT})
    set(WAYSIDE_SYSROOT $ENV{WAYSIDE_SYSROOT})
  else()
    cmake_path(SET WAYSIDE_SYSROOT NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../.cache/sysroot-arm64)
  endif()
endif()
if(NOT IS_DIRECTORY ${WAYSIDE_SYSROOT}/usr/include)
  message(FATAL_ERROR "no arm64 sysroot in ${WAYSIDE_SYSROOT}: run scripts/bootstrap cross")
endif()
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WAYSIDE_SYSROOT)

set(CMAKE_SYSROOT ${WAYSIDE_SYSROOT})
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# Programs (protoc, pkg-config) are the host's; everything else is the sysroot's.
set(CMAKE_FIND_ROOT_PATH ${WAYSIDE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Debian has no pkg-config wrapper for arm64: the host's, shown only the sysroot's files.
set(PKG_CONFIG_EXECUTABLE /usr/bin/pkg-config CACHE FILEPATH "")
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR} ${WAYSIDE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${WAYSIDE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${WAYSIDE_SYSROOT})

set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-aarch64-static -L ${WAYSIDE_SYSROOT})
