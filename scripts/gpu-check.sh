#!/usr/bin/env bash
# Checks that vkmbv3 computes correctly on this machine's GPU, measures how fast, and writes one JSON of all of it.
#
#   scripts/gpu-check.sh [OPTION...]
#
#   --only STEP,...       devices, selfcheck, matrix_units (its kernels checked), tests, stress (training steps again and
#                         again, to the same bits), bench, train, latency, pytorch, variants (all that tune may choose,
#                         checked), tune (default: all, in this order)
#   --out FILE            the JSON (default: gpu-check.json here)
#   --device N            an index of `vkmbv3 devices` (default: the fastest kind present)
#   --minutes M           for everything together (default: 10)
#   --bundle FILE|DIR     the tarball of the target `package`, or a folder it was unpacked to
#   --bench "OPTION..."   more options for vkmbv3-bench --suite, as --bench "--batch 1,32"
#   --input-size S, --batch-size B, --steps N    of train and latency (default: 224, 256, 60)
#
# Inside an unpacked bundle it needs a Vulkan driver, bash, coreutils and awk. In a checkout without --bundle it builds the
# bundle first. A step that runs out of its time is recorded and the next one starts. The exit status is 1 where devices,
# a check of kernels, tests, stress or bench failed, 2 for wrong usage. PyTorch is measured where a Python (VKMBV3_PYTHON, python3,
# /usr/bin/python3) has one that sees a GPU.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd) || exit 1
readonly here all_steps=(devices selfcheck matrix_units tests stress bench train latency pytorch variants tune)
# How what is left of the time is split between the steps that are left.
declare -rA weight=([devices]=1 [selfcheck]=10 [matrix_units]=5 [tests]=15 [stress]=6 [bench]=35 [train]=20 [latency]=10 [pytorch]=20
    [variants]=15 [tune]=30)
readonly training_modes=(fp32 "amp --no-matrix-units" "amp --matrix-units")
readonly training_models=(mobilenet_v3_large mobilenet_v3_small mobilenet_v2)

say() { [ -z "$*" ] || echo "gpu-check.sh: $*" >&2; }
fail() { # fail STATUS MESSAGE
    say "error: $2"
    exit "$1"
}

# --- JSON -------------------------------------------------------------------------------------------------------------

json_string() { # json_string TEXT
    local text=$1
    text=${text//\\/\\\\}
    text=${text//\"/\\\"}
    text=${text//$'\n'/\\n}
    text=${text//$'\t'/\\t}
    text=${text//[[:cntrl:]]/ }
    printf '"%s"' "$text"
}

json_number() { # json_number TEXT: null where it is none
    if [[ $1 =~ ^-?(0|[1-9][0-9]*)([.][0-9]+)?$ ]]; then printf '%s' "$1"; else printf null; fi
}

json_list() { # json_list ITEM...: items that are JSON already
    local IFS=,
    printf '[%s]' "$*"
}

# Prints what a program wrote as JSON, verbatim. Of a list that was cut short, as by a crash, prints the rows there are,
# where each is a line (`[{...}`, `,{...}`), and else null.
json_file() { # json_file FILE
    local text="" newline=$'\n'
    [ ! -f "$1" ] || text=$(<"$1")
    case $text in
        "["*"]" | "{"*"}") printf '%s' "$text" ;;
        "[{"*)
            text=$(cat "$1" && echo x) # which keeps the last newline: what follows it is no whole row
            text=${text%x}
            case $text in
                *"}$newline"*) printf '%s\n]' "${text%"$newline"*}" ;;
                *) printf null ;;
            esac
            ;;
        *) printf null ;;
    esac
}

# --- Steps ------------------------------------------------------------------------------------------------------------

# run LIMIT OUT COMMAND...: returns its status, 124 where the time was up; stderr goes to OUT.log. At the limit a program
# may end what it does and write what it has. One that does not is killed: 137.
run() {
    local limit=$1 out=$2 started=$SECONDS
    timeout -k 10 "$limit" "${@:3}" >"$out" 2>"$out.log" &
    child=$!
    wait "$child"
    local status=$?
    child=
    [ $status != 137 ] || [ $((SECONDS - started)) -lt "$limit" ] || status=124
    return "$status"
}

last_line() { tail -n 1 "$1" 2>/dev/null; }

# Splits a step's time evenly over its runs that are left.
share() { # share DEADLINE RUNS_LEFT
    local left=$(($1 - SECONDS))
    echo $((left > $2 ? left / $2 : 1))
}

declare -A section=() # the members of the document
steps=() clocks=() child="" failed=0 skipped=""

step_devices() {
    run "$1" "$work/devices" "$vkmbv3" devices --json --full
    local status=$?
    section[devices]=$(json_file "$work/devices")
    [ $status = 0 ] || say "$(last_line "$work/devices.log")"
    return $status
}

check_kernels() { # check_kernels LIMIT SECTION OPTION...
    run "$1" "$work/$2" "$vkmbv3" selfcheck --json --quiet "${device[@]}" "${@:3}"
    local status=$?
    section[$2]=$(json_file "$work/$2")
    [ $status = 0 ] || say "$(last_line "$work/$2.log")"
    return $status
}
step_selfcheck() { check_kernels "$1" selfcheck --no-matrix-units; }
step_variants() { check_kernels "$1" variants --variants; }
step_matrix_units() {
    check_kernels "$1" matrix_units --matrix-units
    local status=$?
    # Where the program ends by itself, without a document, and says so, the device or the build has none.
    if [ $status != 0 ] && [ $status -lt 124 ] && [ "${section[matrix_units]}" = null ]; then
        skipped=$(last_line "$work/matrix_units.log")
        [ -z "$skipped" ] || return 0
    fi
    return $status
}

# Tunes the kernels. What is learnt is in this document, and beside it, to be used with VKMBV3_CACHE.
step_tune() {
    run "$1" "$work/tune" "$vkmbv3" tune --model "${training_models[0]}" --precision auto --json --quiet --input-size "$input_size" \
        --batch-size "$batch_size" "${device[@]}"
    local status=$?
    section[tune]=$(json_file "$work/tune")
    keep_tunings
    [ $status = 0 ] || say "$(last_line "$work/tune.log")"
    return $status
}
keep_tunings() {
    local file
    for file in "$VKMBV3_CACHE"/*.tuning; do
        [ ! -f "$file" ] || cp "$file" "$(dirname "$document")/" || say "$file could not be kept beside $document"
    done
}

# Counts GoogleTest's lines; a test that was running when the program crashed has failed.
count_tests() { # count_tests OUTPUT STATUS
    awk -v status="$2" '
        /^\[ RUN      \]/ { running = $4 }
        /^\[       OK \]/ { ++passed; running = "" }
        /^\[  SKIPPED \].*ms\)$/ { ++skipped; running = "" }
        /^\[  FAILED  \].*ms\)$/ { ++failed; names = names " " running; running = "" }
        END {
            if (status != 0 && status != 124 && (running != "" || !failed)) {
                ++failed
                names = names " " (running != "" ? running : "(exit-status-" status ")")
            }
            print passed + 0, failed + 0, skipped + 0 names
        }' "$1"
}

step_tests() {
    local deadline=$((SECONDS + $1)) worst=0 program status counts passed=0 bad=0 left=0 i=0 failures=() unfinished=()
    # The longest comes last: it gets what the others leave.
    local programs=("$root"/bin/test_{train,engine,graph})
    for program in "${programs[@]}"; do
        run "$(share $deadline $((${#programs[@]} - i++)))" "$work/tests" "$program" --gtest_color=no
        status=$?
        read -r -a counts < <(count_tests "$work/tests" $status)
        passed=$((passed + counts[0])) bad=$((bad + counts[1])) left=$((left + counts[2]))
        for name in "${counts[@]:3}"; do
            say "failed: ${program##*/} $name"
            failures+=("$(json_string "${program##*/} $name")")
        done
        [ $status != 124 ] || unfinished+=("$(json_string "${program##*/}")")
        [ $status = 0 ] || worst=$status
    done
    section[tests]=$(printf '{"passed": %d, "failed": %d, "skipped": %d, "failures": %s, "unfinished": %s}' \
        $passed $bad $left "$(json_list "${failures[@]}")" "$(json_list "${unfinished[@]}")")
    say "tests: $passed passed, $bad failed, $left skipped"
    [ $bad = 0 ] || return 1
    return $worst
}

lacks_bench() { # with the reason
    [ ! -x "$root/bin/vkmbv3-bench" ] || return 1
    skipped="the bundle has no vkmbv3-bench"
}

# Trains with the same images in mixed precision, over and over: what depends on which workgroup is faster, or on memory that is
# not in order, shows as other bits sooner or later.
step_stress() {
    ! lacks_bench || return 0
    if [[ $("$root/bin/vkmbv3-bench" --help 2>/dev/null) != *--stress* ]]; then
        skipped="the bundle's vkmbv3-bench is older than --stress"
        return 0
    fi
    # The network is compiled first, and a pass is ended.
    run "$1" "$work/stress" "$root/bin/vkmbv3-bench" --stress "$(awk -v s="$1" 'BEGIN { print s * 0.6 / 60 }')" --precision fp16 \
        --batch "$batch_size" --quiet "${device[@]}"
    local status=$? said
    said=$(last_line "$work/stress")
    [ $status = 0 ] || said=$(last_line "$work/stress.log")
    section[stress]=$(printf '{"exit": %d, "message": %s}' $status "$(json_string "$said")")
    say "stress: $said"
    return $status
}

step_bench() {
    ! lacks_bench || return 0
    local bench_options
    read -r -a bench_options <<<"$more_for_bench"
    local help
    help=$("$root/bin/vkmbv3-bench" --help 2>/dev/null)
    [[ $help != *--suite* ]] || bench_options=(--suite "${bench_options[@]}") # older bundles have nothing else
    # Killed, it leaves nothing; where it can watch the clock itself, it leaves what it measured.
    if [[ $help == *--minutes* ]]; then
        bench_options+=(--minutes "$(awk -v s="$1" 'BEGIN { print s * 0.9 / 60 }')")
    fi
    run "$1" "$work/bench.out" "$root/bin/vkmbv3-bench" --json "$work/bench" "${device[@]}" "${bench_options[@]}"
    local status=$?
    section[bench]=$(json_file "$work/bench")
    [ $status = 0 ] || say "$(last_line "$work/bench.out.log")"
    return $status
}

# Prints the mean over the later three quarters of a run's steps: the first ones compile and fill the loader's queue.
training_rate() { # training_rate METRICS: STEPS IMAGES_PER_SECOND
    awk '
        match($0, /"images_per_second":[0-9.e+]+/) && /"kind":"step"/ { rate[++n] = substr($0, RSTART + 20, RLENGTH - 20) }
        END {
            for (i = int(n / 4) + 1; i <= n; ++i) if (rate[i] > 0) { seconds += 1 / rate[i]; ++steps }
            if (seconds > 0) printf "%d %.2f\n", n, steps / seconds; else print n + 0, "none"
        }' "$1" 2>/dev/null || echo "0 none"
}

step_train() {
    local deadline=$((SECONDS + $1)) mode model precision on_matrix_units status worst=0 rows=() why steps_done rate
    local left=$((${#training_modes[@]} * ${#training_models[@]}))
    for mode in "${training_modes[@]}"; do
        precision=${mode%% *} on_matrix_units=false
        [[ $mode != *\ --matrix-units ]] || on_matrix_units=true
        for model in "${training_models[@]}"; do
            rm -rf "$work/run"
            # shellcheck disable=SC2086
            run "$(share $deadline $((left--)))" "$work/train" "$vkmbv3" train --model "$model" --num-classes 1000 \
                --input-size "$input_size" --batch-size "$batch_size" --precision $mode --no-augment \
                --data "synthetic:$((train_steps * batch_size))" --max-steps "$train_steps" --log-every 1 \
                --out "$work/run" --quiet "${device[@]}"
            status=$?
            why=null
            [ $status = 0 ] || why=$(json_string "$(last_line "$work/train.log")")
            read -r steps_done rate < <(training_rate "$work/run/metrics.jsonl")
            rows+=("$(printf '{"model": "%s", "precision": "%s", "matrix_units": %s, "batch": %d, "input_size": %d, ' \
                "$model" "$precision" $on_matrix_units "$batch_size" "$input_size")$(printf '"steps": %d, ' "$steps_done")$(printf \
                '"images_per_second": %s, "exit": %d, "message": %s}' "$(json_number "$rate")" $status "$why")")
            say "train $model $mode: ${rate/none/no} images/s"
            # 2: this program has no such option; and not every device or build has matrix units. The message says so.
            [ $status = 0 ] || [ $status = 2 ] || $on_matrix_units || worst=$status
        done
    done
    section[training]=$(json_list "${rows[@]}")
    return $worst
}

step_latency() {
    local deadline=$((SECONDS + $1)) model precision batch status worst=0 rows=() text left=$((4 * ${#training_models[@]}))
    for batch in 1 "$batch_size"; do
        for precision in fp32 amp; do
            for model in "${training_models[@]}"; do
                run "$(share $deadline $((left--)))" "$work/latency" "$vkmbv3" latency --model "$model" --json --quiet \
                    --input-size "$input_size" --batch-size "$batch" --precision "$precision" "${device[@]}"
                status=$?
                text=$(json_file "$work/latency")
                if [ $status = 0 ] && [ "$text" != null ]; then
                    text=${text#"["}
                    rows+=("${text%"]"}")
                else
                    rows+=("$(printf '{"model": "%s", "precision": "%s", "batch": %d, "exit": %d, "message": %s}' \
                        "$model" "$precision" "$batch" $status "$(json_string "$(last_line "$work/latency.log")")")")
                    worst=$status
                fi
            done
        done
    done
    section[latency]=$(json_list "${rows[@]}")
    return $worst
}

# Finds the first Python whose torch sees a GPU.
find_torch() {
    local python
    for python in "${VKMBV3_PYTHON:-}" python3 /usr/bin/python3; do
        if [ -n "$python" ] && command -v "$python" >/dev/null &&
            timeout 60 "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
}

step_pytorch() {
    local python
    python=$(find_torch)
    if [ -z "$python" ]; then
        skipped="no Python here has a PyTorch that sees a GPU"
        return 0
    fi
    run "$1" "$work/pytorch.out" "$python" "$root/bench/compare_pytorch.py" --json "$work/pytorch" \
        --batch "$batch_size" --input-size "$input_size" --minutes "$(awk -v s="$1" 'BEGIN { print s * 0.9 / 60 }')"
    local status=$?
    section[pytorch]=$(json_file "$work/pytorch")
    [ $status = 0 ] || say "PyTorch: $(last_line "$work/pytorch.out.log")"
    return $status
}

# --- What the machine is ----------------------------------------------------------------------------------------------

host() {
    local cpu system
    cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo 2>/dev/null | head -n 1)
    system=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' /etc/os-release 2>/dev/null)
    printf '{"system": %s, "distribution": %s, "libc": %s, "cpu": %s, "cores": %s, "load": %s}' \
        "$(json_string "$(uname -srm)")" "$(json_string "$system")" \
        "$(json_string "$(getconf GNU_LIBC_VERSION 2>/dev/null)")" "$(json_string "$cpu")" \
        "$(json_number "$(nproc)")" "$(json_number "$(cut -d' ' -f1 /proc/loadavg 2>/dev/null)")"
}

# Prints the rows of `nvidia-smi --query-gpu=FIELDS` as a list of objects; a field's dots become underscores.
smi_rows() { # smi_rows FIELDS
    local fields values rows=() i row
    IFS=, read -r -a fields <<<"$1"
    while IFS=, read -r -a values; do
        row=""
        for i in "${!fields[@]}"; do
            local value=${values[i]:-}
            value=${value# }
            [[ $value =~ ^-?(0|[1-9][0-9]*)([.][0-9]+)?$ ]] || value=$(json_string "$value")
            row+="${row:+, }\"${fields[i]//./_}\": $value"
        done
        rows+=("{$row}")
    done < <(timeout 20 nvidia-smi --query-gpu="$1" --format=csv,noheader,nounits 2>/dev/null)
    json_list "${rows[@]}"
}

readonly smi_static=name,driver_version,vbios_version,pci.bus_id,memory.total,power.limit,clocks.max.sm,clocks.max.memory
readonly smi_busy=clocks.sm,clocks.mem,power.draw,temperature.gpu,utilization.gpu

# Samples the clocks while a step runs, at 3 s and every 10 s. The busiest sample counts: it is the likeliest to be work.
watch_clocks() { # watch_clocks FILE
    sleep 3
    while :; do
        timeout 20 nvidia-smi --query-gpu=$smi_busy --format=csv,noheader,nounits >>"$1" 2>/dev/null
        sleep 10
    done
}

clocks_row() { # clocks_row STEP FILE
    awk -F', *' -v step="$1" '
        function value(text) { return text ~ /^[0-9.]+$/ ? text + 0 : "null" }
        $3 + 0 >= power { power = $3 + 0; sm = value($1); memory = value($2); heat = value($4) }
        END {
            if (NR) printf "{\"step\": \"%s\", \"clocks_sm\": %s, \"clocks_mem\": %s, \"power_draw\": %s, \"temperature_gpu\": %s}",
                step, sm, memory, power, heat
        }' "$2" 2>/dev/null
}

# --- Main -------------------------------------------------------------------------------------------------------------

only="" document=gpu-check.json minutes=10 bundle="" more_for_bench="" input_size=224 batch_size=256 train_steps=60 device=()
whole() { [[ $2 =~ ^[0-9]{1,6}$ ]] || fail 2 "$1 takes a whole number, not '$2'"; }
while [ $# -gt 0 ]; do
    option=$1
    case $option in
        -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        --only | --out | --device | --minutes | --bundle | --bench | --input-size | --batch-size | --steps)
            [ $# -gt 1 ] || fail 2 "$option needs a value"
            ;;
        *) fail 2 "there is no option '$option' (--help lists them)" ;;
    esac
    case $option in
        --only) only=$2 ;;
        --out) document=$2 ;;
        --device) whole "$1" "$2" && device=(--device "$2") ;;
        --minutes) [[ $2 =~ ^[0-9]{1,4}([.][0-9]+)?$ ]] && minutes=$2 || fail 2 "--minutes takes a number, not '$2'" ;;
        --bundle) bundle=$2 ;;
        --bench) more_for_bench=$2 ;;
        --input-size) whole "$1" "$2" && input_size=$2 ;;
        --batch-size) whole "$1" "$2" && batch_size=$2 ;;
        --steps) whole "$1" "$2" && train_steps=$2 ;;
    esac
    shift 2
done

IFS=, read -r -a asked <<<"${only:-$(IFS=,; echo "${all_steps[*]}")}"
for step in "${asked[@]}"; do
    [[ " ${all_steps[*]} " == *" $step "* ]] || fail 2 "there is no step '$step' (${all_steps[*]})"
done
wanted=()
for step in "${all_steps[@]}"; do
    [[ " ${asked[*]} " != *" $step "* ]] || wanted+=("$step")
done

for tool in timeout mktemp awk; do
    command -v "$tool" >/dev/null || fail 1 "'$tool' is not installed; it comes with coreutils and awk"
done
work=$(mktemp -d -t gpu-check.XXXXXX) || fail 1 "no temporary folder could be made"
trap 'rm -rf "$work"' EXIT

unpack() { # unpack FILE: sets root
    mkdir "$work/bundle" && tar xzf "$1" -C "$work/bundle" || fail 1 "$1 is no bundle: it could not be unpacked"
    root=$(echo "$work"/bundle/*)
}
build() { # sets root
    command -v cmake >/dev/null || fail 1 "there is no cmake to build with; name a bundle made elsewhere with --bundle"
    local log=$work/build.log made
    say "building the bundle"
    (cd "$here" && cmake --preset release && cmake --build --preset release --target package) >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        fail 1 "the build failed"
    }
    made=$(sed -n 's/^CPack: - package: \(.*\) generated[.]$/\1/p' "$log" | tail -n 1)
    unpack "$made"
    # The program says so before it looks for the device.
    [[ $("$root/bin/vkmbv3" selfcheck --matrix-units --device 999999 2>&1) != *"no kernels for matrix units"* ]] ||
        say "warning: the bundle has no kernels for matrix units, which will be neither checked nor tuned: glslang is" \
            "older than 13 and shaders/compiled is older than its sources; configure with -DGLSLANG_VALIDATOR= and the path" \
            "of a newer one"
}
if [ -d "$bundle" ]; then
    root=$(cd "$bundle" && pwd)
elif [ -n "$bundle" ]; then
    [ -f "$bundle" ] || fail 2 "there is no bundle $bundle"
    unpack "$bundle"
elif [ -d "$here/libexec" ]; then
    root=$here
else
    build
fi
readonly root vkmbv3=$root/bin/vkmbv3
[ -x "$vkmbv3" ] || fail 2 "$root holds no bin/vkmbv3: it is no bundle"
mkdir -p "$(dirname "$document")" && : >"$document" || fail 1 "$document cannot be written"

# Where some container platforms mount the driver, and no loader looks.
for share in /usr/local/nvidia/share; do
    [ ! -d $share/vulkan/icd.d ] || export XDG_DATA_DIRS="${XDG_DATA_DIRS:-/usr/local/share:/usr/share}:$share"
done

# Pipelines compiled here are not the user's: every check starts as cold as a first run.
export VKMBV3_CACHE=$work/cache
mkdir -p "$VKMBV3_CACHE"

write_document() {
    local smi=null name
    if command -v nvidia-smi >/dev/null && [[ ${section[smi]:-} ]]; then
        smi=$(printf '{"gpus": %s, "busy": %s}' "${section[smi]}" "$(json_list "${clocks[@]}")")
    fi
    {
        printf '{\n"format": 1,\n"gpu_check": 1,\n"date": "%s",\n' "$date"
        printf '"program": %s,\n"host": %s,\n"seconds": %d,\n' "$program" "$host" "$SECONDS"
        printf '"steps": %s' "$(json_list "${steps[@]}")"
        for name in devices selfcheck matrix_units tests stress bench training latency pytorch variants tune; do
            printf ',\n"%s": ' "$name"
            printf '%s' "${section[$name]:-null}" # as an argument of printf, not of a program: it may be megabytes
        done
        printf ',\n"nvidia_smi": %s\n}\n' "$smi"
    } >"$document"
}

interrupted() {
    trap '' INT TERM
    say "stopped; $document holds what was measured"
    [ -z "$child" ] || kill "$child" 2>/dev/null
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null
    write_document
    keep_tunings
    exit 130
}
watcher=""
date=$(date -u +%Y-%m-%dT%H:%M:%SZ) host=$(host)
program=$(printf '{"version": %s}' "$(json_string "$("$vkmbv3" --version 2>/dev/null | head -n 1)")")
[ -z "$(command -v nvidia-smi)" ] || section[smi]=$(smi_rows $smi_static)
trap interrupted INT TERM

SECONDS=0
deadline=$(awk -v m="$minutes" 'BEGIN { printf "%d", m * 60 }')
weight_left=0
for step in "${wanted[@]}"; do weight_left=$((weight_left + weight[$step])); done
for step in "${wanted[@]}"; do
    left=$((deadline - SECONDS)) started=$SECONDS skipped="" status=0
    limit=$((left * weight[$step] / weight_left))
    limit=$((limit > 5 ? limit : 5))
    weight_left=$((weight_left - weight[$step]))
    if [ $left -lt 5 ]; then
        skipped="no time was left"
    else
        say "$step (at most $limit s)"
        if [[ ${section[smi]:-} ]]; then
            watch_clocks "$work/clocks.$step" >/dev/null 2>&1 &
            watcher=$!
        fi
        "step_$step" $limit
        status=$?
        if [ -n "$watcher" ]; then
            kill "$watcher" 2>/dev/null
            wait "$watcher" 2>/dev/null
            watcher=""
            row=$(clocks_row "$step" "$work/clocks.$step")
            [ -z "$row" ] || clocks+=("$row")
        fi
    fi
    why=null
    [ -z "$skipped" ] || why=$(json_string "$skipped")
    case $status in
        0) [ -z "$skipped" ] || say "$step skipped: $skipped" ;;
        124) say "$step ran out of time" ;;
        *)
            say "$step failed with exit status $status"
            [[ $step == @(train|latency|pytorch|tune) ]] || failed=1
            ;;
    esac
    steps+=("$(printf '{"name": "%s", "seconds": %d, "limit": %d, "exit": %d, "skipped": %s}' \
        "$step" $((SECONDS - started)) "$limit" $status "$why")")
    write_document # what was measured stays, whatever happens next
done
say "$SECONDS s; the results are in $document"
exit $failed
