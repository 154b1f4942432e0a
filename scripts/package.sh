#!/usr/bin/env bash
# Builds packages of vkmbv3 that people can install, into build/packages.
#
#   scripts/package.sh tarball     runs from any folder of any Linux whose glibc is no older than this one's
#   scripts/package.sh deb         for this release of Debian or Ubuntu and those that have its libraries
#
# The last line of each is the file's path and size. The programs are those of the release build, without tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' scripts/package.sh; }
say() { echo "package.sh: $*" >&2; }

readonly packages=$PWD/build/packages build=build/package

build() {
    scripts/packages.sh build || return 1
    say "building (log: $build.log)"
    mkdir -p build "$packages"
    if ! { cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF &&
        cmake --build "$build" -j "${VKMBV3_JOBS:-$(nproc)}"; } >"$build.log" 2>&1; then
        tail -n 20 "$build.log" >&2
        say "error: the build failed (log: $build.log)"
        return 1
    fi
}

pack() { # pack GENERATOR PATTERN
    build
    rm -f "$packages"/$2
    if ! (cd "$build" && cpack -G "$1" -B "$packages") >>"$build.log" 2>&1; then
        tail -n 20 "$build.log" >&2
        say "error: packing failed (log: $build.log)"
        return 1
    fi
    rm -rf "$packages/_CPack_Packages"
    du -h "$packages"/$2
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
for kind in "$@"; do
    case $kind in
        tarball) pack TGZ '*.tar.gz' ;;
        deb) pack DEB '*.deb' ;;
        -h | --help) usage; exit 0 ;;
        *) say "error: no package is called '$kind' (tarball, deb)"; exit 2 ;;
    esac
done
