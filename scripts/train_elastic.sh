#!/usr/bin/env bash
# Trains in several processes, and starts those that are left again from the last checkpoint where some are lost.
#
#   scripts/train_elastic.sh -n PROCESSES [-H HOST[:SLOTS],...] RUN -- OPTIONS OF vkmbv3 train
#
#   -n N    processes to begin with
#   -H L    the hosts they run on, as mpirun has them; before every start those that ssh does not reach are left out
#
# OPTIONS are without --out and --resume: the run's folder is RUN, and a run that is there already goes on. One process fewer
# is started after each loss, or as many as the hosts that are left have slots. Three losses without a new checkpoint in
# between end the job: then it is not the machines. VKMBV3 names the program, MPIRUN the launcher with its options.
set -euo pipefail

say() { echo "train_elastic.sh: $*" >&2; }
usage() {
    sed -n '2,12s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

processes='' hosts=''
while getopts 'n:H:h' option; do
    case $option in
        n) processes=$OPTARG ;;
        H) hosts=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $processes =~ ^[1-9][0-9]*$ ]] && [ $# -ge 2 ] && [ "$2" = -- ] || usage
run=$1
shift 2
program=${VKMBV3:-vkmbv3}
read -ra launcher <<<"${MPIRUN:-mpirun}"

# The hosts of a list that can be reached, in its form.
reached() {
    local host kept=()
    for host in ${1//,/ }; do
        if [ "${host%%:*}" = "$(hostname)" ] || [ "${host%%:*}" = localhost ] ||
            ssh -o BatchMode=yes -o ConnectTimeout=5 "${host%%:*}" true </dev/null 2>/dev/null; then
            kept+=("$host")
        else
            say "${host%%:*} is not reached, and left out"
        fi
    done
    (IFS=, && echo "${kept[*]}")
}

slots() {
    local host sum=0
    for host in ${1//,/ }; do
        case $host in *:*) sum=$((sum + ${host##*:})) ;; *) sum=$((sum + 1)) ;; esac
    done
    echo $sum
}

checkpoint() { stat -c %y "$run/checkpoint/state.safetensors" 2>/dev/null || true; }

# Who is told to stop passes it on: the processes save, and none is started again.
stopped=0 job=
trap 'stopped=130; [ -z "$job" ] || kill -TERM "$job" 2>/dev/null || true' INT
trap 'stopped=143; [ -z "$job" ] || kill -TERM "$job" 2>/dev/null || true' TERM

fruitless=0
while :; do
    where=()
    if [ -n "$hosts" ]; then
        hosts=$(reached "$hosts")
        [ -n "$hosts" ] || { say "error: no host is left"; exit 1; }
        [ "$(slots "$hosts")" -ge "$processes" ] || processes=$(slots "$hosts")
        where=(-H "$hosts")
    fi
    before=$(checkpoint)
    if [ -e "$run" ]; then target=(--resume "$run"); else target=(--out "$run"); fi
    status=0
    "${launcher[@]}" -n "$processes" ${where[@]+"${where[@]}"} "$program" train "$@" "${target[@]}" &
    job=$!
    while kill -0 $job 2>/dev/null; do  # a signal ends a wait, not the job
        status=0
        wait $job || status=$?
    done
    [ $stopped = 0 ] || exit "$stopped"
    case $status in
        0 | 2) exit $status ;;  # 2: it has said what is wrong with its options
    esac
    if [ "$(checkpoint)" = "$before" ]; then fruitless=$((fruitless + 1)); else fruitless=0; fi
    [ $fruitless -lt 3 ] || { say "error: three times no step was saved; see what the processes say"; exit "$status"; }
    if [ -z "$hosts" ] && [ "$processes" -gt 1 ]; then processes=$((processes - 1)); fi
    say "a process was lost (status $status): going on with $processes process$([ "$processes" = 1 ] || echo es)"
done
