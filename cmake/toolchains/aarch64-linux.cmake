# Builds for 64-bit Arm with Debian's cross compiler, on Linux of another architecture:
#
#   scripts/aarch64_system.sh build/aarch64-system
#   cmake -S . -B build/aarch64 --toolchain cmake/toolchains/aarch64-linux.cmake -DVKM_AARCH64_SYSTEM=$PWD/build/aarch64-system
#
# VKM_AARCH64_SYSTEM: a Debian of that architecture, with the libraries and headers of other packages. Where QEMU is
# installed, tests run by it, in that system.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(VKM_AARCH64_SYSTEM "" CACHE PATH "A Debian for 64-bit Arm, as scripts/aarch64_system.sh makes it")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VKM_AARCH64_SYSTEM)
set(CMAKE_SYSROOT ${VKM_AARCH64_SYSTEM})
set(ENV{PKG_CONFIG_LIBDIR} ${VKM_AARCH64_SYSTEM}/usr/lib/aarch64-linux-gnu/pkgconfig:${VKM_AARCH64_SYSTEM}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${VKM_AARCH64_SYSTEM})
# Programs are this system's: the build runs them.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

find_program(VKM_QEMU NAMES qemu-aarch64-static qemu-aarch64)
if(VKM_QEMU)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${VKM_QEMU};-L;${VKM_AARCH64_SYSTEM})
endif()
