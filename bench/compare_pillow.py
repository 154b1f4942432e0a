#!/usr/bin/python3
"""Measures the input pipeline beside Pillow's decoding and torchvision's RandomResizedCrop, in turns.

    bench/compare_pillow.py build/release/bin FOLDER [--images N] [--rounds N] [--short-side N] [--packs FOLDER]

FOLDER holds train/CLASS/*.jpg. All use one thread; rates are images a second of processor time, so that other programs
disturb none. Ours leaves scaling to the device, which is the point; the kernels are in `explain --profile`. Packs are those
of `vkmbv3 pack --short-side N`, as JPEG and raw, in a folder that is removed unless it is named.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from PIL import Image
from torchvision import transforms


def pillow(files):
    crop = transforms.RandomResizedCrop(224)
    start = time.process_time()
    for file in files:
        with Image.open(file) as image:
            crop(image.convert("RGB")).tobytes()
    return len(files) / (time.process_time() - start)


def ours(programs, data, images):
    run = subprocess.run([programs / "vkmbv3-bench-input", "--data", data, "--images", str(images), "--workers", "1"],
                         check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["images_per_core_second"]


def pack(programs, folder, packs, keep, short_side):
    file = packs / f"{keep}-{short_side}.pack"
    if not file.exists():
        subprocess.run([programs / "vkmbv3", "pack", f"imagefolder:{folder}", file, "--keep", keep, "--short-side", str(short_side),
                        "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return f"pack:{file}"


def measure(options, packs):
    files = [file for file in sorted((options.folder / "train").glob("*/*")) if file.suffix.lower() in (".jpg", ".jpeg")]
    files = files[:options.images]
    data = {"files": f"imagefolder:{options.folder}"}
    data |= {f"pack {keep}": pack(options.programs, options.folder, packs, keep, options.short_side) for keep in ("jpeg", "raw")}
    rates = {"pillow": [], **{name: [] for name in data}}
    for _ in range(options.rounds):
        rates["pillow"].append(pillow(files))
        for name, spec in data.items():
            rates[name].append(ours(options.programs, spec, options.images))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    return {"images_per_core_second": {name: round(rate, 1) for name, rate in middle.items()},
            "times_pillow": {name: round(middle[name] / middle["pillow"], 2) for name in data}}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--short-side", type=int, default=256)
    parser.add_argument("--packs", type=pathlib.Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options, options.packs or pathlib.Path(folder))))


if __name__ == "__main__":
    main()
