#!/usr/bin/env bash
# Builds for Windows the libraries that vkmbv3 needs, from the source packages of this Debian or Ubuntu.
#
#   scripts/windows_libraries.sh FOLDER     into FOLDER; what is there from the same versions already stays
#
# apt-get fetches and checks the sources. Neither its settings nor what is installed change: the list of sources is a
# copy of its own in FOLDER. Needs `scripts/packages.sh build windows`.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "windows_libraries.sh: $*" >&2; }
fail() {
    say "error: $*"
    exit 1
}
[ $# = 1 ] && [[ $1 != -* ]] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2; exit 2; }

mkdir -p "$1"
readonly prefix=$(cd "$1" && pwd)
readonly work=$prefix/work host=x86_64-w64-mingw32 jobs=${VKMBV3_JOBS:-$(nproc)}
mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/parts" "$prefix/include" "$prefix/lib" "$prefix/licences"

# apt PROGRAM ARGUMENT…: apt-get or apt-cache, with lists of their own.
apt() {
    "$1" -qq -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts="$work/apt/parts" \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User= \
        -o Acquire::Retries=3 "${@:2}"
}

# Names the sources of what this system installs its packages from.
list_sources() {
    local known='$(ORIGIN)|deb-src $(SITE) $(RELEASE) $(COMPONENT)'
    apt-get indextargets --format "$known" 'Created-By: Packages' | sed -n 's/^\(Debian\|Ubuntu\)|//p' | sort -u >"$work/apt/sources.list"
    [ -s "$work/apt/sources.list" ] || fail "apt-get knows no packages of Debian or Ubuntu: run apt-get update"
    say "reading the lists of source packages"
    apt apt-get update || fail "apt-get cannot read the lists of source packages: no network?"
}

# fetch SOURCE: the newest version of a source package that can be had. (A mirror may lack one that its list has.)
fetch() {
    [ -n "${listed:-}" ] || { list_sources && listed=1; }
    say "fetching $1"
    mkdir -p "$work/$1.download"
    local version
    for version in $(apt apt-cache showsrc --only-source "$1" | sed -n 's/^Version: //p' | sort -urV); do
        rm -f "$work/$1.download"/*
        if (cd "$work/$1.download" && apt apt-get source --download-only "$1=$version") >"$work/$1.log" 2>&1; then return 0; fi
    done
    fail "apt-get cannot fetch the source package $1 (log: $work/$1.log)"
}

# unpack SOURCE: into the folder `unpacked`, with the distribution's patches.
unpack() {
    unpacked=$work/$1
    [ ! -e "$unpacked" ] || return 0
    fetch "$1"
    rm -rf "$unpacked.part"
    dpkg-source --no-check -x "$work/$1.download"/*.dsc "$unpacked.part" >/dev/null
    mv "$unpacked.part" "$unpacked"
    cp "$unpacked/debian/copyright" "$prefix/licences/$1.txt"
}

# once NAME COMMAND…: unless it was done before.
once() {
    local name=$1
    shift
    [ ! -e "$work/$name.done" ] || return 0
    unpack "$name"
    say "building $name (log: $work/$name.log)"
    if ! (set -e; "$@") >"$work/$name.log" 2>&1; then
        tail -n 20 "$work/$name.log" >&2
        fail "$name could not be built (log: $work/$name.log)"
    fi
    touch "$work/$name.done"
}

# with_cmake OPTION…: builds and installs; `targets` builds these alone.
with_cmake() {
    cmake -S "$unpacked" -B "$unpacked/for-windows" -G Ninja --toolchain "$root/cmake/toolchains/mingw-w64.cmake" \
        -DVKM_WINDOWS_LIBRARIES="$prefix" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR:STRING=lib \
        -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@" || return 1
    ninja -C "$unpacked/for-windows" -j "$jobs" ${targets:-all} || return 1
    [ -n "${targets:-}" ] || ninja -C "$unpacked/for-windows" install
}

# Its own rules for Windows are not in Debian's source; those for a static library on Linux do.
zlib() {
    cd "$unpacked"
    CC=$host-gcc-posix AR=$host-ar RANLIB=$host-ranlib uname=Linux ./configure --static
    make -j "$jobs" libz.a
    cp zlib.h zconf.h "$prefix/include"
    cp libz.a "$prefix/lib"
}
libpng() { with_cmake -DPNG_SHARED=OFF -DPNG_TESTS=OFF; }
libjpeg() { with_cmake -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF -DREQUIRE_SIMD=ON; }
libwebp() {
    with_cmake -DWEBP_BUILD_{ANIM_UTILS,CWEBP,DWEBP,GIF2WEBP,IMG2WEBP,VWEBP,WEBPINFO,WEBPMUX,EXTRAS}=OFF
}
fmtlib() { with_cmake -DFMT_TEST=OFF -DFMT_DOC=OFF; }
spdlog() { with_cmake -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF -DSPDLOG_BUILD_TESTS=OFF; }
json() { with_cmake -DJSON_BuildTests=OFF; }
yaml() { with_cmake -DYAML_CPP_BUILD_TESTS=OFF -DYAML_CPP_BUILD_TOOLS=OFF -DYAML_CPP_BUILD_CONTRIB=OFF; }
cli11() { with_cmake -DCLI11_BUILD_TESTS=OFF -DCLI11_BUILD_DOCS=OFF -DCLI11_BUILD_EXAMPLES=OFF; }
# Debian's source has its version from outside.
benchmark() { with_cmake -DBENCHMARK_ENABLE_TESTING=OFF -DBENCHMARK_ENABLE_GTEST_TESTS=OFF -DBENCHMARK_ENABLE_WERROR=OFF -DGIT_VERSION=0.0.0; }
# Programs link the part without reflection; its generator is this system's, of the same version.
protobuf() {
    targets=libprotobuf-lite with_cmake -Dprotobuf_BUILD_TESTS=OFF -Dprotobuf_BUILD_PROTOC_BINARIES=OFF -Dprotobuf_WITH_ZLIB=OFF
    cp "$unpacked"/for-windows/libprotobuf-lite.a "$prefix/lib"
    (cd "$unpacked/src" && find google/protobuf \( -name '*.h' -o -name '*.inc' \) -print0 | xargs -0 cp --parents -t "$prefix/include")
}

# copy PACKAGE PATH…: an installed package's licence, and of /usr/include what is the same on every system: headers, schemas.
copy() {
    local path
    for path in "${@:2}"; do
        mkdir -p "$prefix/include/$(dirname "$path")"
        cp -r "/usr/include/$path" "$prefix/include/$(dirname "$path")"
    done
    cp "/usr/share/doc/$1/copyright" "$prefix/licences/$1.txt"
}
copy libvulkan-dev vulkan vk_video
copy libvulkan-volk-dev volk.c volk.h
copy libflatbuffers-dev flatbuffers
copy libfontconfig-dev fontconfig
copy libfreetype-dev freetype2
copy libraqm-dev raqm.h raqm-version.h
[ ! -e /usr/include/onnx/onnx.proto ] || copy libonnx-dev onnx/onnx.proto

# GCC's and MinGW-w64's runtime is in every program.
copy gcc-mingw-w64-x86-64-posix-runtime
copy mingw-w64-common

once zlib zlib
once libpng1.6 libpng
once libjpeg-turbo libjpeg
once libwebp libwebp
once fmtlib fmtlib
once spdlog spdlog
once nlohmann-json3 json
once yaml-cpp yaml
once cli11 cli11
once protobuf protobuf
once benchmark benchmark
