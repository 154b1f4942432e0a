"""The bundle of cmake/package.cmake, installed into a folder that is not where it was built for."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

BUILD = os.environ.get("VKMBV3_BUILD", "build/release")
# Of glibc, and so part of every system; the linker's own name differs by processor.
GLIBC = re.compile(r"^(libc|libm|libdl|libpthread|librt)\.so\.\d+$|^ld-linux")
# Of what has a display: drivers draw with the same ones, so an older copy of ours would keep a newer driver from loading.
DISPLAYS = re.compile(r"^lib(X11|Xau|Xdmcp|xcb)\.so")


class BundleTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name) / "a folder"
        subprocess.run([os.environ.get("VKMBV3_CMAKE", "cmake"), "--install", BUILD, "--prefix", cls.root, "--strip"], check=True,
                       capture_output=True, timeout=200)

    def run_program(self, name, *arguments, **environment):
        return subprocess.run([self.root / "bin" / name, *arguments], capture_output=True, encoding="utf-8", timeout=100,
                              check=False, cwd="/", env={"PATH": "/usr/bin:/bin", **environment})

    def needed(self, path):
        done = subprocess.run(["readelf", "-d", path], capture_output=True, encoding="utf-8", check=True)
        return re.findall(r"\(NEEDED\).*\[(.*)\]", done.stdout)

    def test_programs_start(self):
        done = self.run_program("vkmbv3", "--version")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^vkmbv3 \d")

    def test_launchers_hand_on_arguments_and_status(self):
        done = self.run_program("vkmbv3", "summary", "--model", "no such model")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such model", done.stderr)

    def test_launchers_work_through_links(self):
        link = self.root.parent / "link"
        link.symlink_to(self.root / "bin" / "vkmbv3")
        self.addCleanup(link.unlink)
        self.assertEqual(subprocess.run([link, "--version"], capture_output=True, timeout=60, check=False).returncode, 0)

    def test_test_programs_find_their_data(self):
        done = self.run_program("test_image", "--gtest_filter=*Decod*")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("0 tests ran", done.stdout)
        self.assertTrue((self.root / "tests/data/images/rgb.png").is_file())
        missing = self.run_program("test_image", "--gtest_filter=*Decod*", VKMBV3_TEST_DATA="/nonexistent")
        self.assertNotEqual(missing.returncode, 0)

    def test_libraries_are_there_except_glibc_the_loader_and_what_a_display_has(self):
        present = {path.name for path in (*self.root.glob("lib/*.so*"), *self.root.glob("lib/gcc/*.so*"))}
        files = [*self.root.glob("libexec/*"), *self.root.glob("lib/*.so*")]
        self.assertIn("vkmbv3", [path.name for path in files])
        for path in files:
            missing = [name for name in self.needed(path)
                       if name not in present and not GLIBC.match(name) and not DISPLAYS.match(name)]
            if path.name not in ("vkmbv3-demo", "libglfw.so.3", "libglfw.so.3.3"):  # which is for systems with one
                self.assertFalse([name for name in self.needed(path) if DISPLAYS.match(name)], path)
            self.assertEqual(missing, [], path)
        self.assertEqual([name for name in present if GLIBC.match(name) or DISPLAYS.match(name) or "vulkan" in name], [])

    def test_gccs_runtime_is_the_systems_where_that_suffices(self):
        libraries = self.run_program("vkmbv3", "--version", LD_DEBUG="libs").stderr
        self.assertRegex(libraries, r"calling init: .*libfmt")
        self.assertNotIn("calling init: " + str(self.root / "lib/gcc"), libraries)
        self.assertIn("calling init: " + str(self.root / "lib"), libraries)

    def test_the_vulkan_loader_is_the_systems_where_there_is_one(self):
        ours = self.root / "lib/vulkan/libvulkan.so.1"
        self.assertTrue(ours.is_file())
        without = pathlib.Path(self.root.parent / "without")
        without.mkdir()
        for name in ("libvulkan.so", "libvulkan.so.1"):
            (without / name).write_text("not a library", encoding="utf-8")
        broken = self.run_program("vkmbv3", "devices", LD_LIBRARY_PATH=str(without), LD_DEBUG="libs").stderr
        self.assertIn(f"calling init: {ours}", broken)
        if self.system_has("libvulkan.so.1"):
            self.assertNotIn(str(ours), self.run_program("vkmbv3", "devices", LD_DEBUG="libs").stderr)

    @staticmethod
    def system_has(library):
        done = subprocess.run(["/bin/true"], env={"LD_PRELOAD": library}, capture_output=True, encoding="utf-8", check=False)
        return not done.stderr

    def test_tools_are_there(self):
        for tool in ("scripts/gpu-check.sh", "bench/compare", "bench/report", "bench/submit", "bench/compare_pytorch.py"):
            self.assertTrue(os.access(self.root / tool, os.X_OK), tool)
        for tool in ("bench/compare", "bench/report", "bench/submit"):
            self.assertEqual(subprocess.run([self.root / tool, "--help"], capture_output=True, timeout=60, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
