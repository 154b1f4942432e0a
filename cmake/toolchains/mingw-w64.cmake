# Builds for 64-bit Windows with MinGW-w64, on Linux:
#
#   scripts/windows_libraries.sh build/windows-libraries
#   cmake -S . -B build/windows --toolchain cmake/toolchains/mingw-w64.cmake -DVKM_WINDOWS_LIBRARIES=$PWD/build/windows-libraries
#
# VKM_WINDOWS_LIBRARIES: where the libraries and headers of other packages are; none of this system's are looked at.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_SYSTEM_VERSION 10.0)

# The variant whose std::thread and std::mutex are there (POSIX threads).
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)

# Windows 10, for what the headers declare.
set(CMAKE_C_FLAGS_INIT "-D_WIN32_WINNT=0x0A00 -D_FILE_OFFSET_BITS=64")
set(CMAKE_CXX_FLAGS_INIT "-D_WIN32_WINNT=0x0A00 -D_FILE_OFFSET_BITS=64 -Wa,-mbig-obj")
# GCC's runtime goes into the programs, so that nothing has to be installed beside them.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static")
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)

set(VKM_WINDOWS_LIBRARIES "" CACHE PATH "Other packages' libraries and headers for Windows")
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VKM_WINDOWS_LIBRARIES)
set(CMAKE_FIND_ROOT_PATH ${VKM_WINDOWS_LIBRARIES} /usr/x86_64-w64-mingw32)
set(CMAKE_PREFIX_PATH ${VKM_WINDOWS_LIBRARIES})
# Programs are this system's: the build runs them.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
