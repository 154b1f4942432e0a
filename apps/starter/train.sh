#!/usr/bin/env bash
# Makes starter.safetensors anew, the weights that lessons and the window start from.
#
#   apps/starter/train.sh TRAIN TEST [OUT [OPTION…]]
#
# TRAIN and TEST are CIFAR-100's pictures as `vkmbv3 train --data` takes them: cifar100:DIR twice, or imagefolder:DIR/train
# and imagefolder:DIR/test. OUT is where the run and the file go (runs/starter). OPTIONs are more of `vkmbv3 train`,
# such as --device 1. VKMBV3 names the program (build/release/bin/vkmbv3). A run that was interrupted goes on.
set -euo pipefail

usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
[ $# -ge 2 ] || { usage >&2; exit 2; }
readonly here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly program=${VKMBV3:-$here/../../build/release/bin/vkmbv3} test=$2 out=${3:-runs/starter}

# Pictures of 32 pixels are scaled up, so that the network is one for 64. Crops and smoothing make features that serve
# other pictures, too.
if [ -e "$out/checkpoint" ]; then
    "$program" train --resume "$out" "${@:4}"
else
    "$program" train --data "$1" --val-data "$test" --model mobilenet_v3_large --width 0.45 --head scaled --num-classes 100 \
        --input-size 64 --augment random-resized-crop --scale 0.35 1 --dropout 0.1 --batch-size 128 --epochs 30 \
        --lr 0.2 --nesterov --weight-decay 1e-4 --no-weight-decay norm-and-bias --warmup-epochs 2 \
        --label-smoothing 0.1 --out "$out" "${@:4}"
fi

write() { "$program" convert "$out/weights.safetensors" "$out/starter.safetensors" --fp16 --quiet "$@" >/dev/null; }
write
read -r top1 top5 < <("$program" eval --weights "$out/starter.safetensors" --data "$test" --json --quiet |
    python3 -c 'import json, sys; it = json.load(sys.stdin); print("{:.2f} {:.2f}".format(100 * it["top1"], 100 * it["top5"]))')
write --metadata "trained-on=CIFAR-100 (Krizhevsky, 2009), its 50,000 training pictures scaled to 64 px" \
    --metadata "recipe=apps/starter/train.sh, $("$program" --version | head -n 1)" \
    --metadata "accuracy=CIFAR-100's 10,000 test pictures: top-1 $top1 %, top-5 $top5 %" --metadata "licence=MIT"
echo "$out/starter.safetensors: top-1 $top1 %, top-5 $top5 %"
