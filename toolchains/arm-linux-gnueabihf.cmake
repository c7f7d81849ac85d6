# 32-bit ARM Linux (ARMv7, hard float) with Debian's cross compiler and a sysroot made by `scripts/bootstrap cross armhf`.
# Compiler only: nothing about boards. WAYSIDE_SYSROOT (cache or environment) names another sysroot.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)

if(NOT WAYSIDE_SYSROOT)
  if(DEFINED ENV{WAYSIDE_SYSROOT})
    set(WAYSIDE_SYSROOT $ENV{WAYSIDE_SYSROOT})
  else()
    cmake_path(SET WAYSIDE_SYSROOT NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../.cache/sysroot-armhf)
  endif()
endif()
if(NOT IS_DIRECTORY ${WAYSIDE_SYSROOT}/usr/include)
  message(FATAL_ERROR "no armhf sysroot in ${WAYSIDE_SYSROOT}: run scripts/bootstrap cross armhf")
endif()
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WAYSIDE_SYSROOT)

set(CMAKE_SYSROOT ${WAYSIDE_SYSROOT})
set(CMAKE_C_COMPILER arm-linux-gnueabihf-gcc)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)
set(CMAKE_LIBRARY_ARCHITECTURE arm-linux-gnueabihf)
# Notes on how arguments were passed before GCC 7.1: nothing here, nor in Debian 12, is that old.
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)

# Programs (protoc, pkg-config) are the host's; everything else is the sysroot's.
set(CMAKE_FIND_ROOT_PATH ${WAYSIDE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# Debian has no pkg-config wrapper for armhf: the host's, shown only the sysroot's files.
set(PKG_CONFIG_EXECUTABLE /usr/bin/pkg-config CACHE FILEPATH "")
set(ENV{PKG_CONFIG_DIR} "")
set(ENV{PKG_CONFIG_LIBDIR} ${WAYSIDE_SYSROOT}/usr/lib/arm-linux-gnueabihf/pkgconfig:${WAYSIDE_SYSROOT}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${WAYSIDE_SYSROOT})

set(CMAKE_CROSSCOMPILING_EMULATOR /usr/bin/qemu-arm-static -L ${WAYSIDE_SYSROOT})
