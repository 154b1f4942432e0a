#!/usr/bin/env bash
# Installs the Debian package in a bare system, uses it, removes it, and looks for what is left.
#
#   tests/packages/check_deb.sh FILE.deb [SUITE]     as root, with debootstrap and a network; SUITE: bookworm
set -euo pipefail

deb=$(readlink -f "$1") suite=${2:-bookworm}
samples=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../../scripts/samples")
root=$(mktemp -d)
cleanup() {
    umount "$root/proc" 2>/dev/null || true
    rm -rf "$root"
}
trap cleanup EXIT

inside() { chroot "$root" env HOME=/tmp/home DEBIAN_FRONTEND=noninteractive bash -euc "$1"; }
# What a package brings lies here; caches, logs and apt's own records do not count.
listed() { (cd "$root" && find usr etc opt var/lib -xdev \( -path var/lib/apt -o -path var/lib/dpkg -o -path var/lib/systemd \) -prune -o -print | sort); }

debootstrap --variant=minbase "$suite" "$root" >/dev/null
mount -t proc proc "$root/proc"
mkdir "$root/tmp/home"
cp "$deb" "$root/tmp/vkmbv3.deb"
cp "$samples/arrow.png" "$root/tmp/"
inside 'apt-get update -qq; dpkg --unpack /tmp/vkmbv3.deb >/dev/null 2>&1 || true; apt-get install -f -y -qq --no-install-recommends >/dev/null
        apt-get purge -y -qq vkmbv3 >/dev/null'
listed >"$root/tmp/before" # with the dependencies, which the system keeps

inside 'apt-get install -y -qq --no-install-recommends /tmp/vkmbv3.deb mesa-vulkan-drivers >/dev/null
        vkmbv3 doctor --quick
        vkmbv3 train --data synthetic:64 --epochs 1 --batch-size 16 --input-size 32 --num-classes 10 --out /tmp/run --quiet
        vkmbv3 predict --weights /tmp/run/weights.safetensors /tmp/arrow.png
        test -s /usr/share/man/man1/vkmbv3.1 -a -s /usr/share/bash-completion/completions/vkmbv3
        apt-get purge -y -qq vkmbv3 mesa-vulkan-drivers >/dev/null; apt-get autoremove --purge -y -qq >/dev/null'
listed >"$root/tmp/after"
if left=$(comm -13 "$root/tmp/before" "$root/tmp/after" | grep vkmbv3); then
    echo "left behind: $left" >&2
    exit 1
fi
echo "$(basename "$deb"): installed, used and removed in a bare $suite"
