#!/usr/bin/env bash
# The Debian 12 / Ubuntu 24.04 packages of vkmbv3, all in this one place, and their installation.
#
#   scripts/packages.sh [--list] SET...     SET: build (compile and run), demo (the window, too), test, lint,
#                                           windows (the programs for Windows), aarch64 (those for 64-bit Arm)
#
# Installs what is missing, as root or through sudo. With nothing missing it needs neither rights nor a network.
# VKMBV3_SKIP_PACKAGES=1 turns it off, for systems that have these things under other names.
set -euo pipefail

build=(
    g++ cmake ninja-build glslang-tools
    libvulkan-dev libvulkan1 libvulkan-volk-dev mesa-vulkan-drivers
    libfmt-dev libspdlog-dev nlohmann-json3-dev libyaml-cpp-dev libcli11-dev
    libjpeg-dev libpng-dev zlib1g-dev libwebp-dev
    libfontconfig-dev libfreetype-dev libraqm-dev fonts-dejavu-core
    libprotobuf-dev protobuf-compiler libonnx-dev libflatbuffers-dev flatbuffers-compiler libmatio-dev
    libopenmpi-dev
    libgtest-dev libgmock-dev libbenchmark-dev
)
# The window; ffmpeg reads videos and xclip pasted pictures when it runs.
demo=(libglfw3-dev libimgui-dev libstb-dev ffmpeg xclip)
# chromium-common carries SwiftShader, a second software driver; chromium opens the page of results; torch is the oracle of tests/parity.
test=(
    python3 python3-numpy pkg-config vulkan-validationlayers vulkan-tools spirv-tools spirv-cross
    chromium chromium-common python3-torch python3-torchvision python3-pil python3-onnx python3-opencv openmpi-bin
    xvfb python3-xlib "${demo[@]}"
)
lint=(clang-format)
# The programs for Windows (scripts/package.sh windows), and Wine, which runs them in tests.
windows=(g++-mingw-w64-x86-64-posix gcc-mingw-w64-x86-64-posix binutils-mingw-w64-x86-64 dpkg-dev nasm make wine64 xvfb)
# The programs for 64-bit Arm, and QEMU, which runs their tests (scripts/test.sh aarch64).
aarch64=(g++-aarch64-linux-gnu qemu-user-static mmdebstrap)

# Not in every archive (Ubuntu has no chromium). The tests that need one say so when they skip.
optional=" libglfw3-dev libimgui-dev libstb-dev ffmpeg xclip xvfb python3-xlib chromium chromium-common python3-torch python3-torchvision python3-onnx python3-opencv libonnx-dev libopenmpi-dev openmpi-bin "

say() { echo "packages.sh: $*" >&2; }
fail() {
    say "error: $*"
    exit 1
}

list=0
wanted=()
for argument in "$@"; do
    case $argument in
        --list) list=1 ;;
        build) wanted+=("${build[@]}") ;;
        demo) wanted+=("${demo[@]}") ;;
        test) wanted+=("${test[@]}") ;;
        lint) wanted+=("${lint[@]}") ;;
        windows) wanted+=("${windows[@]}") ;;
        aarch64) wanted+=("${aarch64[@]}") ;;
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) say "error: no package set is called '$argument' (build, demo, test, lint, windows, aarch64)"; exit 2 ;;
    esac
done
[ ${#wanted[@]} -gt 0 ] || { say "error: name a package set: build, demo, test, lint, windows, aarch64"; exit 2; }
if [ $list = 1 ]; then
    printf '%s\n' "${wanted[@]}"
    exit 0
fi
[ -z "${VKMBV3_SKIP_PACKAGES:-}" ] || exit 0

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "only Debian and Ubuntu are known here; install the counterparts of \`scripts/packages.sh --list build test\`" \
        "and set VKMBV3_SKIP_PACKAGES=1"
fi

installed=" $(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null |
    awk '$2 == "installed" { printf "%s ", $1 }' || true)"
missing=()
for package in "${wanted[@]}"; do
    [[ $installed == *" $package "* ]] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

# Splits `missing` into what the archive offers (`obtainable`) and what it does not (`unknown`).
look_up() {
    local candidates package
    candidates=" $(LC_ALL=C apt-cache policy "${missing[@]}" 2>/dev/null |
        awk '/^[^ ].*:$/ { name = substr($1, 1, length($1) - 1) }
             $1 == "Candidate:" && $2 != "(none)" { printf "%s ", name }')"
    obtainable=()
    unknown=()
    for package in "${missing[@]}"; do
        if [[ $candidates == *" $package "* ]]; then obtainable+=("$package"); else unknown+=("$package"); fi
    done
}
only_optional() {
    local package
    for package in "$@"; do [[ $optional == *" $package "* ]] || return 1; done
}

# Where the archive's lists are known, packages that it does not have are no reason to ask for root.
look_up
if compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null && [ ${#obtainable[@]} = 0 ] && only_optional "${unknown[@]}"; then
    say "not in this system's archive: ${unknown[*]}; tests that need them will be skipped"
    exit 0
fi

root=()
if [ "$(id -u)" != 0 ]; then
    by_hand="as root: apt-get install --no-install-recommends ${missing[*]}"
    command -v sudo >/dev/null || fail "${#missing[@]} packages are missing and there is no sudo; $by_hand"
    # Without a terminal nobody can type a password.
    [ -t 0 ] || sudo -n true 2>/dev/null || fail "${#missing[@]} packages are missing and sudo wants a password; $by_hand"
    root=(sudo)
fi
apt() {
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

log=$(mktemp -t vkmbv3-packages.XXXXXX)
say "installing ${missing[*]} (log: $log)"
# A third party's list that cannot be fetched must not stop us: what counts is whether the packages can be had.
apt update >>"$log" 2>&1 || true
look_up
only_optional "${unknown[@]}" ||
    fail "the package archive does not offer ${unknown[*]}: no network, or older than Debian 12 / Ubuntu 24.04 (see $log)"
[ ${#unknown[@]} = 0 ] || say "not in this system's archive: ${unknown[*]}; tests that need them will be skipped"
[ ${#obtainable[@]} -gt 0 ] || exit 0
apt install -y --no-install-recommends "${obtainable[@]}" >>"$log" 2>&1 ||
    fail "apt-get could not install the packages (no network?): $(grep -m1 '^E: ' "$log" || echo "no reason given") (see $log)"
rm -f "$log"
