"""The installed library (apps/capi), from outside: its symbols, projects in C and C++, pkg-config and the Python module, all of
which have to answer as `vkmbv3 predict` does."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "apps"))
from program import LAVAPIPE, PROGRAM, TINY, environment, save_images, save_picture  # noqa: E402

BUILD = os.environ.get("VKMBV3_BUILD", "build/release")
CMAKE = os.environ.get("VKMBV3_CMAKE", "cmake")
PROJECT = pathlib.Path(__file__).resolve().parent / "project"
DOCUMENTATION = PROJECT.parent.parent.parent / "docs/library.md"
WIDTH, HEIGHT = 23, 19
PIXELS = bytes((7 * i + i // (3 * WIDTH) * 31) % 256 for i in range(3 * WIDTH * HEIGHT))


def run(*command, **variables):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=200, check=False,
                          env=environment((LAVAPIPE,)) | variables)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class InstalledTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(LAVAPIPE):
            raise unittest.SkipTest(f"{LAVAPIPE} is not installed")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        run(CMAKE, "--install", BUILD, "--prefix", cls.folder / "there", "--component", "library")
        # What was installed may be moved.
        cls.root = cls.folder / "somewhere else"
        (cls.folder / "there").rename(cls.root)

        save_images(cls.folder / "data.safetensors", 8)
        run(PROGRAM, "train", *TINY, "--data", f"tensors:{cls.folder}/data.safetensors", "--batch-size", 8, "--max-steps", 1,
            "--out", cls.folder / "run", "--device", 0)
        cls.weights = cls.folder / "run/weights.safetensors"
        cls.picture, cls.pixels = cls.folder / "picture.ppm", cls.folder / "pixels"
        cls.pixels.write_bytes(PIXELS)
        cls.picture.write_bytes(b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + PIXELS)
        cls.expected = json.loads(run(PROGRAM, "predict", "--weights", cls.weights, "--json", "--logits", cls.picture))

    def library(self, name="vkmbv3"):
        (path,) = self.root.glob(f"lib*/**/lib{name}.so")
        return path

    def answers_as_predict(self, *command, **variables):
        lines = run(*command, self.weights, self.picture, WIDTH, HEIGHT, self.pixels, **variables).splitlines()
        self.assertEqual(len(lines), 2, lines)
        for line in lines:
            name, *numbers = line.split()
            self.assertEqual(name, self.expected["top"][0]["label"])
            probability, *logits = map(float, numbers)
            self.assertAlmostEqual(probability, self.expected["top"][0]["probability"], delta=1e-6)
            self.assertEqual(len(logits), len(self.expected["logits"]))
            largest = max(map(abs, self.expected["logits"]))
            for logit, expected in zip(logits, self.expected["logits"]):
                self.assertAlmostEqual(logit, expected, delta=1e-6 * largest)

    def fails(self, pattern, program, weights, **variables):
        done = subprocess.run([program, weights, *4 * ["x"]], capture_output=True, text=True, timeout=60, check=False,
                              env=environment((LAVAPIPE,)) | variables)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, pattern)

    def test_projects_find_it_with_cmake(self):
        build = self.folder / "build"
        configure = [CMAKE, "-S", PROJECT, "-B", build, "-G", os.environ.get("VKMBV3_GENERATOR", "Ninja"),
                     f"-DCMAKE_PREFIX_PATH={self.root}"]
        version = run(PROGRAM, "--version").split()[1]
        run(*configure, f"-DWANTED={version}")
        run(CMAKE, "--build", build)
        for program in ("c", "cpp"):
            with self.subTest(program):
                self.answers_as_predict(build / program)
        for program in ("c", "cpp"):
            self.fails(r"^error 2: .*absent\.pth", build / program, self.folder / "absent.pth")
            self.fails("^error 6: ", build / program, self.weights, VK_ICD_FILENAMES="/nonexistent")
        with self.assertRaisesRegex(AssertionError, "vkmbv3"):
            run(*configure, "-DWANTED=99.0")

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config_knows_it(self):
        (described,) = self.root.glob("**/pkgconfig/vkmbv3.pc")
        flags = run("pkg-config", "--cflags", "--libs", "vkmbv3", PKG_CONFIG_PATH=str(described.parent))
        self.assertEqual(run("pkg-config", "--modversion", "vkmbv3", PKG_CONFIG_PATH=str(described.parent)).split(),
                         run(PROGRAM, "--version").split()[1:2])
        program = self.folder / "with pkg-config"
        compiler = ["sh", "-c", f'exec "$0" "$1" -o "$2" {flags.strip()}', os.environ.get("CC", "cc")]
        run(*compiler, PROJECT / "main.c", program)
        self.answers_as_predict(program, LD_LIBRARY_PATH=str(self.library().parent))

        # What the documentation shows does what it says.
        classifies, teaches = re.findall(r"```c\n(#include.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
        (self.folder / "example.c").write_text(classifies.replace("best.safetensors", str(self.weights)).replace("cat.jpg", str(self.picture)))
        run(*compiler, self.folder / "example.c", self.folder / "example")
        best = self.expected["top"][0]
        self.assertEqual(run(self.folder / "example", LD_LIBRARY_PATH=str(self.library().parent)),
                         f"{best['label']} {100 * best['probability']:.1f} %\n")

        for name, level in (("cats", 40), ("dogs", 200)):
            for number in range(6):
                save_picture(self.folder / name / f"{number}.ppm", level + number)
        named = {name: str(self.folder / name) for name in ("mine", "cats", "dogs", "taught.safetensors")} | {"best.safetensors": str(self.weights)}
        for name, path in named.items():
            teaches = teaches.replace(f'"{name}"', f'"{path}"')
        (self.folder / "teaching.c").write_text(teaches)
        run("sh", "-c", compiler[2].replace("-lvkmbv3", "-lvkmbv3_teach"), *compiler[3:], self.folder / "teaching.c", self.folder / "teaching")
        self.assertRegex(run(self.folder / "teaching", LD_LIBRARY_PATH=str(self.library().parent)), r"^\d+ % right on held-out pictures\n$")
        self.assertTrue((self.folder / "taught.safetensors").exists())

    def test_only_the_functions_of_the_headers_leave_them(self):
        def exported(library):
            symbols = [line.split() for line in run("nm", "-D", "--defined-only", library).splitlines()]
            return {words[2].split("@")[0] for words in symbols if words[1] != "A"}

        def declared(header):
            return set(re.findall(r"VKMBV3_API [^;(]*?(vkmbv3_\w+)\(", (self.root / "include" / header).read_text()))

        classifying, teaching = declared("vkmbv3.h"), declared("vkmbv3_teach.h")
        self.assertIn("vkmbv3_open", classifying)
        self.assertIn("vkmbv3_session_open", teaching)
        self.assertEqual(exported(self.library()), classifying)
        self.assertEqual(exported(self.library("vkmbv3_teach")), classifying | teaching)

    def test_what_classifies_is_built_without_what_trains(self):
        def has_it(library):  # by a text that a training run's directory has in its errors
            return b"already holds a run" in library.read_bytes()

        self.assertTrue(has_it(self.library("vkmbv3_teach")), "or this test looks for nothing")
        self.assertFalse(has_it(self.library()))

    def test_they_are_installed_under_their_major_version(self):
        major = run(PROGRAM, "--version").split()[1].split(".")[0]
        for name in ("vkmbv3", "vkmbv3_teach"):
            dynamic = run("readelf", "-d", self.library(name))
            self.assertIn(f"[lib{name}.so.{major}]", dynamic)
            self.assertNotRegex(dynamic, r"RPATH|RUNPATH|libvulkan")
        self.assertIn(f'"libvkmbv3.so.{major}"', self.module().read_text(), "the Python module loads it by this name")

    def module(self):
        (path,) = self.root.glob("**/vkmbv3.py")
        return path

    def run_python(self, script, *arguments, **variables):
        return run(sys.executable, "-B", PROJECT.parent / script, *arguments, PYTHONPATH=str(self.module().parent), **variables)

    def test_python_answers_without_numpy(self):
        self.answers_as_predict(sys.executable, "-B", PROJECT / "main.py", PYTHONPATH=str(self.module().parent),
                                VKMBV3_WITHOUT_NUMPY="1")

    def test_python_takes_arrays(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("numpy is not installed")
        self.run_python("arrays.py", self.weights, self.picture)


if __name__ == "__main__":
    unittest.main()
