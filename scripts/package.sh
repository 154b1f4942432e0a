#!/usr/bin/env bash
# Builds packages of vkmbv3 that people can install, into build/packages.
#
#   scripts/package.sh tarball     runs from any folder of any Linux whose glibc is no older than this one's
#   scripts/package.sh deb         for this release of Debian or Ubuntu and those that have its libraries
#   scripts/package.sh windows     a .zip for 64-bit Windows 10 and later, by MinGW-w64; libraries from this system's sources
#
# The last lines of each are the files' sizes and paths. The programs are those of the release build, without tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' scripts/package.sh; }
say() { echo "package.sh: $*" >&2; }

readonly packages=$PWD/build/packages libraries=$PWD/build/windows-libraries
readonly for_windows=(--toolchain cmake/toolchains/mingw-w64.cmake "-DVKM_WINDOWS_LIBRARIES=$libraries")

build() { # build FOLDER [OPTION…]
    local folder=$1
    say "building (log: $folder.log)"
    mkdir -p build "$packages"
    if ! { cmake -S . -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DVKM_COMPILE_TOGETHER=ON "${@:2}" &&
        cmake --build "$folder" -j "${VKMBV3_JOBS:-$(nproc)}"; } >"$folder.log" 2>&1; then
        tail -n 20 "$folder.log" >&2
        say "error: the build failed (log: $folder.log)"
        return 1
    fi
}

pack() { # pack FOLDER GENERATOR PATTERN
    rm -f "$packages"/$3
    if ! (cd "$1" && cpack -G "$2" -B "$packages") >>"$1.log" 2>&1; then
        tail -n 20 "$1.log" >&2
        say "error: packing failed (log: $1.log)"
        return 1
    fi
    rm -rf "$packages/_CPack_Packages"
    du -h "$packages"/$3
}

for_linux() { # for_linux GENERATOR PATTERN
    scripts/packages.sh build demo && build build/package && pack build/package "$@"
}

windows() {
    scripts/packages.sh build windows && scripts/windows_libraries.sh "$libraries" &&
        build build/package-windows "${for_windows[@]}" && pack build/package-windows ZIP '*-windows-*.zip'
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
for kind in "$@"; do
    case $kind in
        tarball) for_linux TGZ '*.tar.gz' ;;
        deb) for_linux DEB '*.deb' ;;
        windows) windows ;;
        -h | --help) usage; exit 0 ;;
        *) say "error: no package is called '$kind' (tarball, deb, windows)"; exit 2 ;;
    esac
done
