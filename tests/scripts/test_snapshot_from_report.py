"""Reports about GPUs become the snapshots that the program itself would have taken."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/snapshot_from_report.py"
DATA = ROOT / "tests/data"
PROGRAM = os.environ.get("VKMBV3")


def convert(report, *options):
    return subprocess.run([sys.executable, "-B", SCRIPT, report, *options], capture_output=True, text=True, check=False)


class SnapshotFromReportTest(unittest.TestCase):
    def test_a_report_of_gpuinfo_is_its_committed_snapshot(self):
        result = convert(DATA / "device_reports/amd-780m-gpuinfo.json")
        self.assertEqual(result.stderr, "")
        self.assertEqual(json.loads(result.stdout), json.loads((DATA / "devices/amd-780m-win.json").read_text()))

    def test_what_fp16_may_be_told_apart_has_a_name_or_a_number(self):
        report = json.loads((DATA / "device_reports/amd-780m-gpuinfo.json").read_text())
        rows = report["extended"]["deviceproperties2"]
        rows[:] = [row for row in rows if "Independence" not in row["name"]]
        for version in ("core12", "core13"):
            values = report.get(version, {}).get("properties", {})
            values.pop("denormBehaviorIndependence", None)
            values.pop("roundingModeIndependence", None)
            if version == "core12":
                values.update(shaderDenormPreserveFloat16=True)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "report.json")
            for word, kept in (("VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_ALL", True), (1, True), ("SHADER_FLOAT_CONTROLS_INDEPENDENCE_32_BIT_ONLY", True),
                               ("VK_SHADER_FLOAT_CONTROLS_INDEPENDENCE_NONE", False), ("SHADER_FLOAT_CONTROLS_INDEPENDENCE_NONE", False), (2, False)):
                report["core12"]["properties"]["denormBehaviorIndependence"] = word
                file.write_text(json.dumps(report), encoding="utf-8")
                result = convert(file)
                self.assertEqual(result.stderr, "", word)
                self.assertEqual(json.loads(result.stdout)["features"]["half_keeps_subnormals"], kept, word)

    def test_a_report_may_be_what_a_windows_console_saved(self):
        original = DATA / "device_reports/amd-780m-gpuinfo.json"
        text = original.read_text(encoding="utf-8").replace("\n", "\r\n")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "report.json")
            for encoding in "utf-8-sig", "utf-16":
                file.write_bytes(text.encode(encoding))
                self.assertEqual(convert(file).stdout, convert(original).stdout, encoding)

    def test_what_is_no_report_is_said_in_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text, why in (("a.txt", "Hello", "neither JSON nor what vulkaninfo prints"),
                                    ("b.json", "[1]", "neither a profile"),
                                    ("c.json", '{"capabilities": {}}', "is missing"),
                                    ("d.json", "{", "neither JSON nor")):
                file = pathlib.Path(folder, name)
                file.write_text(text, encoding="utf-8")
                result = convert(file)
                self.assertNotEqual(result.returncode, 0, name)
                self.assertIn(why, result.stderr)
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn("No such file", convert("missing.json").stderr)

    @unittest.skipUnless(PROGRAM and shutil.which("vulkaninfo"), "needs the program and vulkaninfo (vulkan-tools)")
    def test_vulkaninfo_tells_of_every_device_what_the_program_sees(self):
        """As text and as JSON; that has no memory, and neither a device's UUID."""
        # The program chooses lavapipe's vectors where nobody has; vulkaninfo does not.
        variables = {"LP_NATIVE_VECTOR_WIDTH": "256"} | os.environ
        own = json.loads(subprocess.run([PROGRAM, "devices", "--json", "--full"], env=variables, capture_output=True, text=True, check=True).stdout)
        with tempfile.TemporaryDirectory() as folder:
            text = pathlib.Path(folder, "report.txt")
            text.write_text(subprocess.run(["vulkaninfo"], env=variables, capture_output=True, text=True, check=False).stdout, encoding="utf-8")
            for index, device in enumerate(own):
                subprocess.run(["vulkaninfo", f"--json={index}", "-o", "profile.json"], cwd=folder, env=variables, capture_output=True, check=True)
                device["device_uuid"] = "0" * 32
                device["memory_heap_budgets"] = []  # changes by the minute
                from_text = json.loads(convert(text, "--gpu", str(index)).stdout)
                from_text["memory_heap_budgets"] = []
                self.assertEqual(from_text, device)
                device.update(memory_types=[], memory_heaps=[])
                self.assertEqual(json.loads(convert(pathlib.Path(folder, "profile.json")).stdout), device)


if __name__ == "__main__":
    unittest.main()
