"""Every pipeline of training and inference, compiled by Mesa's compiler for an AMD GPU that is not here (RX 7900): no register
is spilled, four waves and more run on a SIMD, and no loop waits for its loads one by one. The `amd` tier has four more families."""

import glob
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPTS = pathlib.Path(__file__).parents[2] / "scripts"
FAMILY, LEAST_WAVES = "gfx1100", 4


class AmdPipelinesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        drivers = glob.glob("/usr/share/vulkan/icd.d/radeon_icd*.json")
        if not drivers:
            raise unittest.SkipTest("Mesa's driver for AMD is not installed")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.report, cls.listing = (pathlib.Path(folder.name, name) for name in ("report.json", "listing.txt"))
        # Compiled anew, not taken from a cache, which has no listing.
        variables = {name: value for name, value in os.environ.items() if name != "VK_ADD_DRIVER_FILES"}
        variables |= {"VK_DRIVER_FILES": drivers[0], "RADV_FORCE_FAMILY": FAMILY, "RADV_DEBUG": "shaders,nocache"}
        with open(cls.report, "wb") as report, open(cls.listing, "wb") as listing:
            subprocess.run([os.environ["VKMBV3"], "selfcheck", "--compile-only", "--device", "0", "--quiet", "--json"],
                           stdout=report, stderr=listing, env=variables)
        cls.rows = json.loads(cls.report.read_text())

    def judge(self, script, *arguments, **options):
        done = subprocess.run([sys.executable, SCRIPTS / script, *arguments], capture_output=True, text=True, **options)
        self.assertEqual(done.stdout.split()[1:2], ["0"], done.stderr)

    def test_none_spills(self):
        self.judge("check_pipelines.py", input=self.report.read_text())

    def test_none_waits_for_its_loads_one_by_one(self):
        self.judge("check_loops.py", self.report, self.listing)

    def test_four_waves_run_on_a_simd(self):
        few = [(row["kernel"], row["variant"]) for row in self.rows if row["statistics"]["Subgroups per SIMD"] < LEAST_WAVES]
        self.assertEqual(few, [])


if __name__ == "__main__":
    unittest.main()
