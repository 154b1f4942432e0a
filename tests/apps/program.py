"""vkmbv3 as its users see it: a command line (docs/cli.md), on the software drivers of the machine."""

import json
import os
import pathlib
import random
import re
import struct
import subprocess
import tempfile
import unittest

PROGRAM = os.environ.get("VKMBV3_PROGRAM", "build/release/bin/vkmbv3")
LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json"
TINY = ["--model", "mobilenet_v3_small", "--width", "0.25", "--num-classes", "4", "--input-size", "16", "--stem-stride", "1"]
# For what many processes and slow compilers do: two blocks.
ONE_BLOCK = ["--model", str(pathlib.Path(__file__).resolve().parents[1] / "data/one_block.yaml")]
FEW_LAYERS = ["--model", str(pathlib.Path(__file__).resolve().parents[1] / "data/few_layers.yaml"), "--num-classes", "4", "--input-size", "16"]
SECONDS = 240  # far beyond what any command here takes: a hang is a failure


def environment(drivers):
    result = {name: value for name, value in os.environ.items() if name not in ("VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES")}
    return result | {"VK_ICD_FILENAMES": ":".join(drivers)}


def save_tensors(path, tensors, metadata=None):
    """A safetensors file of {name: (dtype, shape, bytes)}."""
    header, offset = {"__metadata__": metadata} if metadata else {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(tensor[2] for tensor in tensors.values()))


def load_tensors(path):
    """({name: (dtype, shape, bytes)}, metadata) of a safetensors file."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", None)
    rest = data[8 + length:]
    return {name: (entry["dtype"], entry["shape"], rest[slice(*entry["data_offsets"])]) for name, entry in header.items()}, metadata


def floats(tensor):
    return struct.unpack(f"<{len(tensor[2]) // 4}f", tensor[2])


def save_images(path, count, classes=4, size=16, seed=1):
    """Random normalised images for `tensors:`, their class in the mean of each."""
    draw = random.Random(seed)
    labels = [i % classes for i in range(count)]
    pixels = [draw.gauss(label - 1.5, 1) for label in labels for _ in range(3 * size * size)]
    save_tensors(path, {"images": ("F32", [count, 3, size, size], struct.pack(f"<{len(pixels)}f", *pixels)),
                        "labels": ("I64", [count], struct.pack(f"<{count}q", *labels))})


def save_picture(path, level, size=16):
    """A grey image in the simplest format there is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"P6 %d %d 255\n" % (size, size) + bytes([level % 256]) * (3 * size * size))


def merged(*arguments):
    """Options of which the last of each name counts."""
    options = {}
    for argument in map(str, arguments):
        if argument.startswith("--"):
            name, *value = argument.split("=", 1)
            options.pop(name, None)
            options[name] = value
        else:
            options[name].append(argument)
    return [word for name, values in options.items() for word in (name, *values)]


def metrics(run, kind=None):
    """Rows of metrics.jsonl without what depends on the clock."""
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        row.pop("images_per_second", None)
        row.pop("data_wait", None)
    return [row for row in rows if kind in (None, row["kind"])]


class ProgramTest(unittest.TestCase):
    """A folder of its own for each test, and the program on lavapipe."""

    drivers = (LAVAPIPE,)

    @classmethod
    def setUpClass(cls):
        for driver in cls.drivers:
            if driver.startswith("/usr") and not os.path.exists(driver):
                raise unittest.SkipTest(f"{driver} is not installed")

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *arguments, **variables):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder, env=environment(self.drivers) | variables)

    def finish(self, process):
        try:
            process.stdout_text, process.stderr_text = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.fail(f"{' '.join(process.args)}\nstill running after {SECONDS} seconds")
        return process

    def run_program(self, *arguments, **variables):
        return self.finish(self.start(*arguments, **variables))

    def result(self, *arguments, **variables):
        """The last line of JSON of a command that succeeds."""
        done = self.run_program(*arguments, "--json", **variables)
        self.assertEqual(done.returncode, 0, f"{' '.join(done.args)}\n{done.stderr_text}")
        self.stderr_text = done.stderr_text
        return json.loads(done.stdout_text.splitlines()[-1])

    def refused(self, pattern, *arguments, status=1, **variables):
        """A command that ends with one line that says what is wrong and what to do."""
        done = self.run_program(*arguments, **variables)
        command = f"{' '.join(done.args)}\nexit status {done.returncode}\n{done.stderr_text}"
        self.assertEqual(done.returncode, status, command)
        errors = [line for line in done.stderr_text.splitlines() if line.startswith("vkmbv3: error: ")]
        self.assertEqual(len(errors), 1, command)
        self.assertEqual(done.stderr_text.splitlines()[-1], errors[0], command)
        self.assertTrue(re.search(pattern, errors[0]), f"{command}\ndoes not say {pattern}")
        self.assertEqual(done.stdout_text, "", command)
