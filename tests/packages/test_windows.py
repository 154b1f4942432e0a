"""The .zip for Windows (scripts/package.sh windows), unpacked and run by Wine on lavapipe, against the program of this system
on the same lavapipe."""

import json
import os
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "apps"))

import program  # noqa: E402
from program import LAVAPIPE, TINY, ProgramTest, metrics  # noqa: E402

ZIP = os.environ.get("VKMBV3_WINDOWS_ZIP")
COMPILER = "x86_64-w64-mingw32-gcc-posix"
STRANGE = "Ordner mit Leerzeichen é Жук 日本 🐞"  # the last letter is two of UTF-16


def windows_zip():
    if not ZIP:
        raise unittest.SkipTest("VKMBV3_WINDOWS_ZIP names no .zip to test: scripts/test.sh packages makes one and does")
    return pathlib.Path(ZIP)


def wine_file(name):
    for path in (shutil.which(name), f"/usr/lib/wine/{name}"):
        if path and os.path.exists(path):
            return path
    raise unittest.SkipTest(f"{name} is not installed (scripts/packages.sh windows)")


def save_png(path, level, size=40):
    """A grey image with a light square, as PNG."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(255 if 10 < x < 30 and 10 < y < 25 else level for x in range(size) for _ in range(3)) for y in range(size))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
                     chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class WindowsTest(ProgramTest):
    """One unpacked .zip, one display and one Windows for all tests."""

    drivers = (LAVAPIPE,)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        archive = windows_zip()
        cls.wine = wine_file("wine64")
        server = wine_file("wineserver")
        if not shutil.which("Xvfb"):
            raise unittest.SkipTest("Xvfb is not installed (scripts/packages.sh windows): without a display Wine shows no Vulkan device")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.place = pathlib.Path(folder.name) / STRANGE
        with zipfile.ZipFile(archive) as files:
            files.extractall(cls.place)
        (cls.package,) = cls.place.iterdir()
        read, write = os.pipe()
        display = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24"], pass_fds=[write],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(display.wait)
        cls.addClassCleanup(display.terminate)
        os.close(write)
        with os.fdopen(read) as number:
            shown = number.readline().strip()
        cls.variables = {"DISPLAY": f":{shown}", "WINEPREFIX": f"{folder.name}/wine", "WINEDEBUG": "-all",
                         # What this system's program would choose for itself, and Wine hides from the driver.
                         "LP_NATIVE_VECTOR_WIDTH": os.environ.get("LP_NATIVE_VECTOR_WIDTH", "256"),
                         "VKMBV3_CACHE": f"Z:{folder.name}/cache".replace("/", "\\")}
        stop = [server, "-k"]
        cls.addClassCleanup(lambda: subprocess.run(stop, env=os.environ | cls.variables, check=False, timeout=60))
        pathlib.Path(cls.variables["WINEPREFIX"]).mkdir()
        # Wine's server stays between the programs, each of which would wait for a new one. The first program makes the registry
        # and drive C, and starts services, which would keep pipes open.
        for first in [server, "-p"], [cls.wine, cls.package / "vkmbv3.exe", "--version"]:
            subprocess.run(first, env=os.environ | cls.variables, check=True, timeout=300, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self, *arguments, executable="vkmbv3.exe", **variables):
        return subprocess.Popen([self.wine, str(self.package / executable), *map(str, arguments)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                cwd=self.folder, env=program.environment(self.drivers) | self.variables | variables)

    def here(self, *arguments):
        """What the program of this system prints."""
        if not os.path.exists(program.PROGRAM):
            self.skipTest(f"there is no {program.PROGRAM} to compare with")
        variables = {"LP_NATIVE_VECTOR_WIDTH": self.variables["LP_NATIVE_VECTOR_WIDTH"]}
        done = subprocess.run([program.PROGRAM, *map(str, arguments)], capture_output=True, encoding="utf-8", cwd=self.folder,
                              env=program.environment(self.drivers) | variables, timeout=program.SECONDS, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wait_for_steps(self, run, process, count):
        path = self.folder / run / "metrics.jsonl"
        end = time.time() + program.SECONDS
        while process.poll() is None and time.time() < end:
            if path.exists() and path.read_bytes().count(b'"kind":"step"') >= count:
                return
            time.sleep(0.01)
        self.fail(f"the run took no {count} steps: {self.finish(process).stderr_text}")


class ProgramsTest(WindowsTest):
    def test_the_version_says_what_is_not_in_this_build(self):
        done = self.run_program("--version")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertRegex(done.stdout_text, r"^vkmbv3 \d+\.\d+\.\d+\n")
        self.assertIn("ONNX", done.stdout_text)
        self.assertRegex(done.stdout_text, r"not in this build: .*MATLAB.*MPI")

    def test_lines_end_as_on_other_systems(self):
        for command in (["--version"], ["devices", "--json"], ["man"]):
            done = subprocess.run([self.wine, self.package / "vkmbv3.exe", *command], capture_output=True, timeout=program.SECONDS, check=True,
                                  env=program.environment(self.drivers) | self.variables)
            self.assertIn(b"\n", done.stdout)
            self.assertNotIn(b"\r", done.stdout)

    def test_the_device_is_what_it_is_here(self):
        devices = json.loads(self.run_program("devices", "--json").stdout_text)
        self.assertIn("llvmpipe", json.dumps(devices))
        self.assertEqual(devices, json.loads(self.here("devices", "--json")))

    def test_the_doctor_finds_windows_and_a_device_that_computes_right(self):
        found = json.dumps(self.result("doctor"))
        self.assertIn("Windows", found)
        self.assertIn("llvmpipe", found)

    def test_selfcheck_agrees_with_the_reference_until_ctrl_c(self):
        """Which ends it: every kernel would take minutes."""
        process = self.start("selfcheck", "--quiet", "--json")
        lines = [process.stdout.readline() for _ in range(12)]
        process.send_signal(signal.SIGINT)  # Wine makes Ctrl-C of it
        lines.append(process.stdout.read())
        self.finish(process)
        self.assertEqual(process.returncode, 130, process.stderr_text)
        rows = json.loads("".join(lines))
        self.assertGreater(len(rows), 5)
        self.assertEqual([], [row for row in rows if not row["ok"]])

    def test_the_benchmark_starts(self):
        done = self.run_program("--version", executable="vkmbv3-bench.exe")
        self.assertEqual(done.returncode, 0, done.stderr_text)


class TrainingTest(WindowsTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "train.safetensors", 26)

    def options(self, *more):
        return ["train", *program.merged(*TINY, "--data", "tensors:train.safetensors", "--batch-size", 8, "--epochs", 4, "--lr", 0.05,
                                         "--log-every", 1, "--quiet", *more)]

    def same_tensors(self, one, other):
        tensors, others = (program.load_tensors(self.folder / run)[0] for run in (one, other))
        self.assertEqual(tensors.keys(), others.keys())
        self.assertEqual([], [name for name in tensors if tensors[name] != others[name]])

    def test_three_steps_on_drawn_images_give_the_bits_of_this_system(self):
        for precision, augmentation in (("fp32", ["--aa", "ta_wide", "--mixup", 0.2, "--cutmix", 1, "--reprob", 0.3]), ("amp", [])):
            with self.subTest(precision=precision):
                command = ["train", "--model", "mobilenet_v3_small", "--width", 0.25, "--num-classes", 10, "--data", "synthetic:64",
                           "--input-size", 32, "--stem-stride", 1, "--batch-size", 8, "--max-steps", 3, "--epochs", 1, "--log-every", 1,
                           "--precision", precision, "--optimizer", "adamw", "--lr", 0.002, "--ema-decay", 0.9, *augmentation]
                self.result(*command, "--out", f"there-{precision}")
                self.here(*command, "--out", f"here-{precision}")
                self.assertEqual(metrics(self.folder / f"there-{precision}"), metrics(self.folder / f"here-{precision}"))
                for name in ("checkpoint/state.safetensors", "weights.safetensors"):
                    self.same_tensors(f"there-{precision}/{name}", f"here-{precision}/{name}")

    def test_a_resumed_run_ends_as_one_of_this_system_that_was_not_interrupted(self):
        self.here(*self.options("--out", "whole"))
        self.result(*self.options("--out", f"{STRANGE}/run", "--max-steps", 5))
        self.result("train", "--resume", f"{STRANGE}/run", "--max-steps", 100)
        self.same_tensors(f"{STRANGE}/run/checkpoint/state.safetensors", "whole/checkpoint/state.safetensors")
        self.assertEqual(metrics(self.folder / STRANGE / "run"), metrics(self.folder / "whole"))

    def test_a_killed_run_leaves_a_whole_checkpoint(self):
        options = [*self.options("--epochs", 200, "--save-every", 1)]
        process = self.start(*options, "--out", "killed")
        self.wait_for_steps("killed", process, 7)
        process.kill()
        self.finish(process)
        tensors, _ = program.load_tensors(self.folder / "killed/checkpoint/state.safetensors")
        self.assertIn("parameters", tensors)
        self.result("train", "--resume", "killed", "--max-steps", 40)
        self.here(*options, "--out", "whole", "--max-steps", 40)
        self.same_tensors("killed/checkpoint/state.safetensors", "whole/checkpoint/state.safetensors")
        self.assertEqual([], list(self.folder.glob("killed/**/.*.tmp")))

    def test_ctrl_c_ends_a_run_at_a_step_with_a_checkpoint(self):
        options = self.options("--epochs", 10_000)
        options.remove("--quiet")
        process = self.start(*options, "--out", "run")
        self.wait_for_steps("run", process, 3)
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(process.returncode, 130, process.stderr_text)
        self.assertIn("--resume run", process.stderr_text)
        self.assertGreater(self.result("train", "--resume", "run", "--max-steps", 200)["steps"], 3)

    def test_a_pack_is_the_file_that_this_system_writes(self):
        for i in range(12):
            save_png(self.folder / STRANGE / "train" / f"Klasse {'äб'[i % 2]}" / f"{i} 虫.png", 20 * i)
            save_png(self.folder / STRANGE / "val" / f"Klasse {'äб'[i % 2]}" / f"{i}.png", 20 * i + 7)
        self.result("pack", f"imagefolder:{STRANGE}", "there.pack", "--short-side", 24)
        self.here("pack", f"imagefolder:{STRANGE}", "here.pack", "--short-side", 24)
        self.assertEqual((self.folder / "there.pack").read_bytes(), (self.folder / "here.pack").read_bytes())
        self.assertEqual(self.result(*self.options("--data", "pack:there.pack", "--num-classes", 2, "--epochs", 1))["steps"], 1)

    def test_a_second_run_in_the_same_folder_is_refused(self):
        self.result(*self.options("--out", STRANGE, "--max-steps", 1))
        self.refused(f"{STRANGE} already holds a run", *self.options("--out", STRANGE))


class PredictionTest(WindowsTest):
    def setUp(self):
        super().setUp()
        self.image = f"{STRANGE}/Käfer 虫.png"
        save_png(self.folder / self.image, 60)
        program.save_images(self.folder / "train.safetensors", 8)
        self.here("train", *TINY, "--data", "tensors:train.safetensors", "--epochs", 1, "--batch-size", 4, "--lr", 0.01, "--out", "run")
        self.weights = f"{STRANGE}/Gewichte ö.safetensors"
        shutil.copy(self.folder / "run/weights.safetensors", self.folder / self.weights)

    def logits(self, output):
        return json.loads(output.splitlines()[-1])["logits"]

    def test_a_picture_in_a_folder_with_spaces_and_any_letters_has_the_logits_of_this_system(self):
        command = ["predict", "--weights", self.weights, "--logits", "--json", "--quiet", self.image]
        done = self.run_program(*command)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertEqual(json.loads(done.stdout_text)["image"], self.image)
        self.assertEqual(self.logits(done.stdout_text), self.logits(self.here(*command)))
        listed = self.run_program("predict", "--weights", self.weights, "--json", "--quiet", STRANGE)
        self.assertEqual(json.loads(listed.stdout_text)["image"].replace("\\", "/"), self.image)

    def test_a_path_from_the_root_is_no_option(self):
        done = self.run_program("predict", "--weights", self.folder / self.weights, "--json", "--quiet", self.folder / self.image)
        self.assertEqual(json.loads(done.stdout_text)["image"], str(self.folder / self.image))

    def test_what_is_missing_is_named(self):
        self.refused(f"{STRANGE}/keine.safetensors: ", "predict", "--weights", f"{STRANGE}/keine.safetensors", self.image)

    def test_weights_become_onnx_and_come_back(self):
        self.result("convert", self.weights, f"{STRANGE}/Netz.onnx")
        self.here("convert", f"{STRANGE}/Netz.onnx", "back.safetensors")
        tensors, back = (program.load_tensors(self.folder / file)[0] for file in (self.weights, "back.safetensors"))
        self.assertEqual([], [name for name in tensors if "num_batches" not in name and tensors[name] != back.get(name)])

    def test_a_program_in_c_classifies_by_the_library(self):
        if not shutil.which(COMPILER):
            self.skipTest(f"{COMPILER} is not installed (scripts/packages.sh windows)")
        built = subprocess.run([COMPILER, ROOT / "tests/library/project/main.c", f"-I{self.package}/include",
                                self.package / "lib/libvkmbv3.dll.a", "-o", self.package / "classify.exe"],
                               capture_output=True, text=True, check=False)
        self.assertEqual(built.returncode, 0, built.stderr)
        shutil.copy(self.folder / self.image, self.folder / "picture.png")
        (self.folder / "pixels.rgb").write_bytes(bytes(range(256)) * 3)
        done = self.run_program("run/weights.safetensors", "picture.png", 16, 16, "pixels.rgb", executable="classify.exe")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        expected = self.logits(self.here("predict", "--weights", "run/weights.safetensors", "--logits", "--json", "--quiet", "picture.png"))
        of_file, of_pixels = ([float(word) for word in line.split()[-4:]] for line in done.stdout_text.splitlines())
        self.assertEqual([struct.pack("f", value) for value in of_file], [struct.pack("f", value) for value in expected])
        self.assertEqual(len(of_pixels), 4)
