#!/usr/bin/env bash
# Installs the Debian packages in a bare system, uses them, removes them, and looks for what is left.
#
#   tests/packages/check_deb.sh FOLDER [SUITE]     as root, with debootstrap and a network; FOLDER: of the .deb; SUITE: bookworm
set -euo pipefail

folder=$(readlink -f "$1") suite=${2:-bookworm}
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
cp "$folder"/vkmbv3_*.deb "$root/tmp/vkmbv3.deb"
cp "$folder"/vkmbv3-demo_*.deb "$root/tmp/vkmbv3-demo.deb"
cp "$folder"/vkmbv3-mpi_*.deb "$root/tmp/vkmbv3-mpi.deb"
cp "$samples/arrow.png" "$root/tmp/"
inside 'apt-get update -qq; dpkg --unpack /tmp/vkmbv3.deb /tmp/vkmbv3-demo.deb /tmp/vkmbv3-mpi.deb >/dev/null 2>&1 || true
        apt-get install -f -y -qq --no-install-recommends >/dev/null
        apt-get purge -y -qq vkmbv3-demo vkmbv3-mpi vkmbv3 >/dev/null'
listed >"$root/tmp/before" # with the dependencies, which the system keeps

inside 'apt-get install -y -qq --no-install-recommends /tmp/vkmbv3.deb mesa-vulkan-drivers >/dev/null
        vkmbv3 doctor --quick
        vkmbv3 train --data synthetic:64 --epochs 1 --batch-size 16 --input-size 32 --num-classes 10 --out /tmp/run --quiet
        vkmbv3 predict --weights /tmp/run/weights.safetensors /tmp/arrow.png
        vkmbv3 predict --weights /usr/share/vkmbv3/starter.safetensors /tmp/arrow.png
        test -s /usr/share/man/man1/vkmbv3.1 -a -s /usr/share/bash-completion/completions/vkmbv3'

# Two processes make the weights of one that has both devices.
inside 'apt-get install -y -qq --no-install-recommends /tmp/vkmbv3-mpi.deb openmpi-bin >/dev/null
        train="vkmbv3 train --data synthetic:64 --epochs 1 --batch-size 16 --input-size 32 --num-classes 10 --quiet"
        mpirun --allow-run-as-root --oversubscribe --bind-to none -n 2 $train --out /tmp/two
        $train --device 0,0 --out /tmp/one
        cmp /tmp/one/weights.safetensors /tmp/two/weights.safetensors'

# The window, as a menu starts it: it classifies its first picture with the weights that came along.
inside 'apt-get install -y -qq --no-install-recommends /tmp/vkmbv3-demo.deb xvfb xauth >/dev/null
        test -s /usr/share/applications/vkmbv3-demo.desktop
        xvfb-run -a vkmbv3-demo --describe /tmp/screen.json >/tmp/window.log 2>&1 & window=$!
        for _ in $(seq 120); do
            sleep 1
            grep -qs "100 classes, of starter.safetensors" /tmp/screen.json && break
            kill -0 $window || { cat /tmp/window.log; exit 1; }
        done
        grep -q "100 classes, of starter.safetensors" /tmp/screen.json || { cat /tmp/window.log /tmp/screen.json; exit 1; }
        kill $(pidof vkmbv3-demo); wait $window || true'

inside 'apt-get purge -y -qq vkmbv3-demo vkmbv3-mpi vkmbv3 openmpi-bin mesa-vulkan-drivers xvfb xauth >/dev/null; apt-get autoremove --purge -y -qq >/dev/null'
listed >"$root/tmp/after"
if left=$(comm -13 "$root/tmp/before" "$root/tmp/after" | grep vkmbv3); then
    echo "left behind: $left" >&2
    exit 1
fi
echo "$(cd "$folder" && echo vkmbv3*.deb): installed, used and removed in a bare $suite"
