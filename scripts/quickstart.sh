#!/usr/bin/env bash
# From a fresh clone to a trained network: installs what is missing, builds, trains MobileNetV3-Small on images the
# program draws itself, and classifies images it has not trained on.
#
#   scripts/quickstart.sh [OPTION...]     options are handed to `vkmbv3 train`, for example --device 1,
#                                         and win over those of scripts/quickstart.yaml
#
# Each call writes a new folder, runs/quickstart, runs/quickstart-2, … unless --out or --resume names one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1:-} in
    -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' scripts/quickstart.sh; exit 0 ;;
esac
say() { echo "quickstart.sh: $*" >&2; }

scripts/packages.sh build

log=build/quickstart.log
mkdir -p build
say "building (log: $log)"
if ! { cmake --preset release && cmake --build --preset release --target vkmbv3 -j "$(nproc)"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "error: the build failed (log: $log)"
    exit 1
fi
vkmbv3=build/release/bin/vkmbv3

# The folder and the configuration are ours only where the options name none.
run=
config=(--config scripts/quickstart.yaml)
out=()
previous=
for argument in "$@"; do
    case $previous in --out | --resume) run=$argument ;; esac
    case $argument in --out=* | --resume=*) run=${argument#*=} ;; esac
    case $argument in --config | --config=* | --resume | --resume=*) config=() ;; esac
    previous=$argument
done
if [ -z "$run" ]; then
    run=runs/quickstart
    for ((i = 2; ; i++)); do
        [ -e "$run" ] || break
        run=runs/quickstart-$i
    done
    out=(--out "$run")
fi

say "training into $run"
"$vkmbv3" train "${config[@]}" "${out[@]}" "$@"

# One image of each class, of the validation set: the training has not seen them. Their names say what they show.
say "classifying scripts/samples with the weights just made"
"$vkmbv3" predict --weights "$run/best.safetensors" --topk 2 scripts/samples/*.png
