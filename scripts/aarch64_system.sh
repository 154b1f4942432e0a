#!/usr/bin/env bash
# Unpacks a Debian for 64-bit Arm: what programs for it are built with (cmake/toolchains/aarch64-linux.cmake), and what they
# run with under QEMU. Nothing in it is run or set up.
#
#   scripts/aarch64_system.sh FOLDER
#
# Debian 12, with the lavapipe of its backports: that of Mesa 22 ends a program that reads half precision on Arm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# = 1 ] || { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' scripts/aarch64_system.sh >&2; exit 2; }
readonly folder=$1 archive="deb http://deb.debian.org/debian" suite=bookworm

# The compilers and other tools that build are this system's. MPI's are of one architecture.
readonly tools=" g++ cmake ninja-build glslang-tools protobuf-compiler flatbuffers-compiler libopenmpi-dev "
packages=libstdc++-12-dev
for package in $(scripts/packages.sh --list build); do
    [[ $tools == *" $package "* ]] || packages+=,$package
done

[ "$(cat "$folder/packages" 2>/dev/null)" != "$packages" ] || exit 0
echo "aarch64_system.sh: unpacking $suite for arm64 into $folder (log: $folder.log)" >&2
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
if ! mmdebstrap --variant=extract --arch=arm64 --include="$packages" --aptopt="APT::Default-Release \"$suite-backports\"" \
    "$suite" "$folder" "$archive $suite main" "$archive $suite-backports main" >"$folder.log" 2>&1; then
    tail -n 5 "$folder.log" >&2
    echo "aarch64_system.sh: error: the packages cannot be had (log: $folder.log)" >&2
    exit 1
fi
echo "$packages" >"$folder/packages"
