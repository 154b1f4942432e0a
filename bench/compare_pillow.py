#!/usr/bin/python3
"""Measures the input pipeline beside Pillow's decoding and torchvision's RandomResizedCrop, in turns.

    bench/compare_pillow.py build/release/bin/vkmbv3-bench-input FOLDER [--images N] [--rounds N]

FOLDER holds train/CLASS/*.jpg. Both use one thread; rates are images a second of processor time, so that other programs
disturb neither. Ours leaves scaling to the device, which is the point; the kernels are in `explain --profile`.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
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


def ours(program, folder, images):
    run = subprocess.run([program, "--data", f"imagefolder:{folder}", "--images", str(images), "--workers", "1"],
                         check=True, capture_output=True, text=True)
    return json.loads(run.stdout)["images_per_core_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    files = [file for file in sorted((options.folder / "train").glob("*/*")) if file.suffix.lower() in (".jpg", ".jpeg")]
    files = files[:options.images]
    rates = {"pillow": [], "vkmbv3": []}
    for _ in range(options.rounds):
        rates["pillow"].append(pillow(files))
        rates["vkmbv3"].append(ours(options.program, options.folder, options.images))
    result = {name: round(statistics.median(values), 1) for name, values in rates.items()}
    result["ratio"] = round(result["vkmbv3"] / result["pillow"], 2)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
