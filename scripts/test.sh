#!/usr/bin/env bash
# Builds and tests vkmbv3, installing the packages it needs first.
#
#   scripts/test.sh              the release build on every Vulkan device, lavapipe and SwiftShader included
#   scripts/test.sh --all        every tier below
#   scripts/test.sh TIER...      some of them
#
# Tiers:
#   release      every test of the release build, and parity with PyTorch
#   debug        the same tests with assertions
#   asan         with AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan         with ThreadSanitizer, on lavapipe, whose own threads are not looked at
#   subgroups    device tests on lavapipe with subgroups of 4 and 16; those of the other tiers are 8
#   validation   device tests under the Khronos validation layer with synchronization validation, which must be silent
#   amd          every pipeline compiled by Mesa's compiler for five AMD families, without spilling a register, and for one
#                of them without waiting for a loop's loads one by one
#   variants     the tests of the release build again, with every size, type and driver that takes a path once more
#   long         10,000 steps of training and 20,000 frames of the window's camera, in which memory must not grow, and ten
#                kills of a run, which must change no bit
#   packages     the Debian packages in a bare system, and what they leave behind, as root; the .zip for Windows, run by Wine
#   aarch64      everything built for 64-bit Arm, and tests of what a phone runs, by QEMU on that architecture's lavapipe
#   format       clang-format
#
# Most of the time goes into the software drivers' compilers. So every tier but `variants` has one case for a path, and
# what they compiled is kept in build/cache for all tiers. Every 20 seconds stderr says what runs.
#
# The last line is `N passed, N failed`, with `, N skipped` where something was; the exit status is 1 on failure.
# VK_DRIVER_FILES chooses the drivers by hand. VKMBV3_DATA names a folder of test data for the tests that want it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
readonly root=$PWD jobs=${VKMBV3_JOBS:-$(nproc)}
readonly all_tiers=(release variants debug asan tsan subgroups validation amd long packages aarch64 format)
readonly amd_families=(polaris10 vega10 navi10 navi21 gfx1100) read_family=gfx1100

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' scripts/test.sh; }
say() { echo "test.sh: $*" >&2; }
clock() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); } # clock SECONDS

# --- What every tier uses ---------------------------------------------------------------------------------------------

readonly counts_file=build/test-results/counts
count() { echo "$1 $2 $3" >>"$counts_file"; } # count PASSED FAILED SKIPPED

icd() { # icd NAME: the manifest of a driver, by the start of its file name
    find /usr/share/vulkan/icd.d /etc/vulkan/icd.d -name "$1*.json" 2>/dev/null | grep -v i686 | head -n 1
}

# SwiftShader comes on top of the drivers the system has, so that no real GPU is hidden.
add_swiftshader() {
    local manifest
    for manifest in /usr/lib/chromium/vk_swiftshader_icd.json /usr/lib/*/chromium/vk_swiftshader_icd.json; do
        if [ -f "$manifest" ]; then
            export VK_ADD_DRIVER_FILES=$manifest${VK_ADD_DRIVER_FILES:+:$VK_ADD_DRIVER_FILES}
            return
        fi
    done
    say "no SwiftShader on this system: tests run without a second driver"
}

# Compiled shaders are kept beside the build: quick when repeated, and nothing is written to the user's home. Mesa keeps
# machine code by driver, processor and shader, and so for every build of ours.
use_caches() { # use_caches NAME
    export MESA_SHADER_CACHE_DIR=$root/build/cache/$1/mesa VKMBV3_CACHE=$root/build/cache/$1/vkmbv3
    mkdir -p "$MESA_SHADER_CACHE_DIR" "$VKMBV3_CACHE"
}

build() { # build PRESET [TARGET]
    local log=build/logs/$1.log started=$SECONDS said=$SECONDS pid whole=()
    mkdir -p build/logs
    # The first build is a whole one, where a compiler cache, which turns this off, has nothing to give yet.
    [ -e "build/$1" ] || [ "$1" = debug ] || whole=(-DVKM_COMPILE_TOGETHER=ON)
    say "building $1 (log: $log)"
    # Warnings are errors here and not in a user's own build, whose compiler may know others.
    { cmake --preset "$1" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "${whole[@]}" &&
        cmake --build --preset "$1" -j "$jobs" ${2:+--target "$2"}; } >"$log" 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        sleep 1
        [ $((SECONDS - said)) -ge 20 ] || continue
        said=$SECONDS
        say "building $1: $(clock $((SECONDS - started))) min, $(tail -n 1 "$log" | grep -o '^\[[0-9/]*\]')"
    done
    if ! wait $pid; then
        grep -nE 'error|FAILED' "$log" | head -n 20 >&2
        tail -n 20 "$log" >&2
        say "error: the $1 build failed (log: $log)"
        return 1
    fi
}

run_ctest() { # run_ctest PRESET NAME [CTEST ARGUMENT...]
    local results=$root/build/test-results/$2 log=build/logs/$2-tests.log counts status
    say "testing $2 (log: $log)"
    rm -rf "$results" && mkdir -p "$results"
    # One more than there are processors, for some tests wait: for a window, a time-out, a process that was killed.
    GTEST_OUTPUT=xml:$results/cases/ ctest --preset "$1" --verbose --output-junit "$results/ctest.xml" -j $((jobs + 1)) \
        --no-tests=error --timeout 2400 "${@:3}" | python3 scripts/watch_tests.py "$log" "test.sh: $2"
    status=${PIPESTATUS[0]}
    if [ ! -f "$results/ctest.xml" ]; then
        say "error: ctest ended before its time, with exit status $status"
        return 1
    fi
    counts=$(python3 scripts/count_tests.py "$results") || return 1
    # shellcheck disable=SC2086
    count $counts
    # What ctest calls a failure is one, whatever was counted.
    [ "$status" = 0 ] || [[ $counts != *" 0 "* ]]
}

# --- Tiers ------------------------------------------------------------------------------------------------------------

tier_release() { build release && run_ctest release release; }
tier_variants() {
    unset GALLIVM_PERF
    export VKMBV3_TEST_VARIANTS=1
    build release && run_ctest release variants -R '^test_(graph|train)$'
}
tier_long() {
    unset GALLIVM_PERF
    export VKMBV3_LONG_RUN_STEPS=10000 VKMBV3_LONG_RUN_FRAMES=20000 VKMBV3_KILLS=10
    build release && run_ctest release long -R '^apps[.](kills|long_run)$|^demo[.]long$'
}
tier_debug() { build debug && run_ctest debug debug -LE "layers|parity|apps|demo|bench"; }

tier_asan() {
    # Leaks inside drivers are theirs.
    export LSAN_OPTIONS=suppressions=$root/tests/sanitizers/leaks.supp:print_suppressions=0
    build asan && run_ctest asan asan -LE "layers|parity|apps|demo|bench"
}

tier_tsan() {
    export VK_DRIVER_FILES TSAN_OPTIONS=suppressions=$root/tests/sanitizers/races.supp
    VK_DRIVER_FILES=$(icd lvp_icd)
    build tsan && run_ctest tsan tsan -LE "layers|parity|apps|demo|bench"
}

tier_subgroups() {
    local bits
    unset GALLIVM_PERF
    export VK_DRIVER_FILES
    VK_DRIVER_FILES=$(icd lvp_icd)
    build release || return 1
    for bits in 128 512; do
        # One cache each: Mesa's does not know of this variable.
        use_caches "lavapipe-$bits"
        LP_NATIVE_VECTOR_WIDTH=$bits run_ctest release "subgroups-$bits" -LE "layers|parity|apps|demo|bench" || return 1
    done
}

tier_validation() {
    local said
    export VKMBV3_VALIDATION=1
    build release || return 1
    # Not a pipe into grep -q, which would end the program before it is done.
    said=$(VK_LOADER_DEBUG=layer build/release/bin/vkmbv3 devices 2>&1)
    if [[ $said != *Insert*VK_LAYER_KHRONOS_validation* ]]; then
        say "error: the validation layer was not loaded"
        return 1
    fi
    run_ctest release validation -LE "layers|parity|apps|demo|bench" || return 1
    said=$(grep -E 'VUID-|SYNC-HAZARD|UNASSIGNED-' build/release/Testing/Temporary/LastTest.log | sort | uniq -c | sort -rn)
    if [ -n "$said" ]; then
        head -n 20 <<<"$said" >&2
        say "error: the validation layer spoke"
        return 1
    fi
}

tier_amd() {
    local family report counts debug
    export VK_DRIVER_FILES
    VK_DRIVER_FILES=$(icd radeon_icd)
    build release vkmbv3 || return 1
    mkdir -p build/test-results/amd
    for family in "${amd_families[@]}"; do
        report=build/test-results/amd/$family.json
        debug=
        [ "$family" != "$read_family" ] || debug=shaders,nocache
        # It fails where one fails, which the report says.
        RADV_DEBUG=$debug RADV_FORCE_FAMILY=$family build/release/bin/vkmbv3 selfcheck --compile-only --device 0 --quiet --json \
            >"$report" 2>"${report%.json}.txt"
        if ! counts=$(python3 scripts/check_pipelines.py <"$report"); then
            tail -n 3 "${report%.json}.txt" >&2
            return 1
        fi
        # shellcheck disable=SC2086
        count $counts
        say "$family: pipelines passed, failed: ${counts% *}"
        [ -n "$debug" ] || continue
        counts=$(python3 scripts/check_loops.py "$report" "${report%.json}.txt") || return 1
        # shellcheck disable=SC2086
        count $counts
        say "$family: loops passed, failed: ${counts% *}"
    done
}

tier_packages() {
    local zip=$root/build/packages/vkmbv3-*-windows-x86_64.zip
    scripts/packages.sh windows && scripts/package.sh windows >&2 && build release || return 1
    # shellcheck disable=SC2086
    VKMBV3_WINDOWS_ZIP=$(echo $zip) run_ctest release packages -R '^packages[.]windows$' || return 1
    if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
        say "packages: skipped, because that takes root and debootstrap"
        return 0
    fi
    scripts/package.sh deb >&2 && tests/packages/check_deb.sh build/packages >&2 || return 1
    count 1 0 0
}

tier_aarch64() {
    scripts/packages.sh aarch64 && scripts/aarch64_system.sh build/aarch64-system || return 1
    # As programs see it that QEMU runs: the driver of the system they were built for.
    export VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json
    unset VK_ADD_DRIVER_FILES
    use_caches aarch64
    # A program that QEMU runs cannot start itself anew. Of convolutions one case each is enough: a minute each of LLVM.
    export GTEST_FILTER=-*DeathTest.*:OddSizes/*
    build aarch64 && run_ctest aarch64 aarch64 -R '^test_(base|image|draw|engine|graph|infer|capi)$'
}

tier_format() {
    local file bad=0 good=0
    scripts/packages.sh lint || return 1
    while IFS= read -r file; do
        if clang-format --dry-run -Werror "$file" 2>/dev/null; then
            good=$((good + 1))
        else
            say "failed: clang-format would change $file"
            bad=$((bad + 1))
        fi
    done < <(find base draw engine image infer graph train teach apps tests bench shaders -name '*.h' -o -name '*.hpp' -o -name '*.c' -o -name '*.cpp' | sort)
    count $good $bad 0
}

# --- Main -------------------------------------------------------------------------------------------------------------

tiers=()
for argument in "$@"; do
    case $argument in
        --all) tiers=("${all_tiers[@]}") ;;
        -h | --help) usage; exit 0 ;;
        *)
            if [[ " ${all_tiers[*]} " != *" $argument "* ]]; then
                say "error: no tier is called '$argument' (${all_tiers[*]})"
                exit 2
            fi
            tiers+=("$argument")
            ;;
    esac
done
[ ${#tiers[@]} -gt 0 ] || tiers=(release)

scripts/packages.sh build test || exit 1
add_swiftshader
# The same subgroups on every machine. Where lavapipe would choose 512 bits, it compiles a third faster for 256.
export LP_NATIVE_VECTOR_WIDTH=${LP_NATIVE_VECTOR_WIDTH:-256}
# Most of the time goes into LLVM's optimisations, for kernels that run once. Tiers that leave this out run what users do.
export GALLIVM_PERF=${GALLIVM_PERF-nopt}

# Each tier runs in a subshell, so that what it exports ends with it.
mkdir -p "$(dirname "$counts_file")"
total=(0 0 0)
table=$(printf '%-12s %8s %8s %8s %8s' tier passed failed skipped seconds)
for tier in "${tiers[@]}"; do
    say "tier $tier"
    started=$SECONDS
    echo "0 0 0" >"$counts_file"
    # A tier that cannot even run is a failure that no test case counts.
    (use_caches default && "tier_$tier") || count 0 1 0
    read -r -a counts < <(awk '{ p += $1; f += $2; s += $3 } END { print p, f, s }' "$counts_file")
    table+=$'\n'$(printf '%-12s %8d %8d %8d %8d' "$tier" "${counts[@]}" $((SECONDS - started)))
    for i in 0 1 2; do total[i]=$((total[i] + counts[i])); done
done

echo "$table"
closing="${total[0]} passed, ${total[1]} failed"
[ "${total[2]}" = 0 ] || closing+=", ${total[2]} skipped"
echo "$closing"
[ "${total[1]}" = 0 ]
