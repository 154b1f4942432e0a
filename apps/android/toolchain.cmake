# The NDK's toolchain with the libraries that vcpkg builds (vcpkg.json), for the processor that Gradle names (ANDROID_ABI).
set(triplets arm64-v8a=arm64-android x86_64=x64-android)
list(FILTER triplets INCLUDE REGEX "^${ANDROID_ABI}=")
if(NOT triplets)
    message(FATAL_ERROR "vkmbv3 is built for arm64-v8a and x86_64, not for '${ANDROID_ABI}'")
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_ABI ANDROID_NDK)  # what CMake tries out reads this file, too
string(REGEX REPLACE ".*=" "" VCPKG_TARGET_TRIPLET "${triplets}")
set(VCPKG_MANIFEST_DIR ${CMAKE_CURRENT_LIST_DIR})
set(VCPKG_CHAINLOAD_TOOLCHAIN_FILE ${ANDROID_NDK}/build/cmake/android.toolchain.cmake)
if(NOT EXISTS "$ENV{VCPKG_ROOT}/scripts/buildsystems/vcpkg.cmake")
    message(FATAL_ERROR "set VCPKG_ROOT to a checkout of vcpkg, which builds the libraries (docs/android.md)")
endif()
include($ENV{VCPKG_ROOT}/scripts/buildsystems/vcpkg.cmake)
