"""vkmbv3-bench as people start it, on a software driver: one box within its time, stress, and what it refuses."""

import csv
import io
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

from tools import ROOT, ToolTest

import schema

PROGRAM = os.environ.get("VKMBV3_BENCH", "build/release/bin/vkmbv3-bench")
LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json"
QUICK = ["--models", "mobilenetv3_small_035", "--input-size", "32", "--quiet"]
ONE = r"mobilenetv3_small_035/b1/fp32/inference"
LINES = 40
HANG = 120  # seconds: far beyond what anything here takes


@unittest.skipUnless(pathlib.Path(LAVAPIPE).exists(), "lavapipe is not installed")
class BenchTest(ToolTest):
    def start(self, *arguments, **variables):
        environment = {name: value for name, value in os.environ.items() if name not in ("VK_DRIVER_FILES", "VK_ADD_DRIVER_FILES")}
        environment.pop("VKMBV3_DATA", None)
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                cwd=self.folder, env=environment | {"VK_ICD_FILENAMES": LAVAPIPE} | variables)

    def run_bench(self, *arguments, status=0, **variables):
        process = self.start(*arguments, **variables)
        self.addCleanup(process.kill)
        out, err = process.communicate(timeout=HANG)
        self.assertEqual(process.returncode, status, f"{out}\n{err}")
        return out, err


class OverviewTest(BenchTest):
    def test_one_box_of_what_the_time_allows(self):
        began = time.monotonic()
        out, err = self.run_bench("--time", 4)
        self.assertLess(time.monotonic() - began, 4 + 6)  # the start of a process on a busy machine, and its end
        lines = out.splitlines()
        self.assertLessEqual(len(lines), LINES, out)
        self.assertEqual({len(line) for line in lines}, {len(lines[0])}, out)
        self.assertIn("llvmpipe", out)
        self.assertIn("not measured: there was not enough time (--time)", out)
        # On a busy machine the peaks' part of so short a time may be over when the device is open.
        self.assertRegex(err, r"measuring copy bandwidth|\[1/\d+\]")

    def test_json_is_a_result_that_the_tools_read(self):
        out, _ = self.run_bench("--format", "json", "--filter", ONE, "--json", "mine.json", *QUICK)
        document = json.loads(out)
        self.assertEqual(json.loads((self.folder / "mine.json").read_text(encoding="utf-8")), document)
        faults = [what for where, what in schema.faults(document) if not where.startswith("peaks")]
        self.assertEqual(faults, [])
        (row,) = document["rows"]
        (model,) = document["models"]
        self.assertEqual((row["name"], row["unit"], row["batch"]), (ONE, "images/s", 1))
        self.assertAlmostEqual(row["value"], model["images_per_second"], delta=1e-4 * row["value"])
        self.assertEqual(self.run_tool("compare", self.folder / "mine.json", self.folder / "mine.json").returncode, 0)

    def test_every_peak_is_measured_or_says_why_not(self):
        document = json.loads(self.run_bench("--format", "json", "--filter", "^peaks/", "--quiet")[0])
        self.assertEqual(list(schema.faults(document)), [])
        for row in document["rows"]:
            self.assertNotIn("failed", row.get("not_measured", ""), row["name"])
            self.assertTrue(("value" in row) != ("not_measured" in row), row)
        peaks = document["peaks"]
        self.assertGreater(len(peaks["cached_reads"]), 10)
        self.assertIn("int8_dot", [absent["name"] for absent in peaks["absent"]])
        for member in ("shared_gbps", "misaligned_read_gbps", "misaligned_write_gbps", "upload_mapped_gbps", "upload_copy_gbps",
                       "download_copy_gbps", "download_mapped_gbps", "int32_gops"):
            self.assertGreater(peaks[member], 0)
        tables = self.run_tool("report", self.write("mine.json", document)).stdout
        self.assertRegex(tables, r"shared memory +[\d.,]+ GB/s")
        self.assertRegex(tables, r"4 KiB +[\d.,]+ GB/s")
        self.assertIn("int8 dot not measured: this device has no instruction for dot products of bytes", tables)

    def test_csv_has_a_line_a_row(self):
        out, _ = self.run_bench("--format", "csv", "--filter", f"{ONE}|photographs", *QUICK)
        head, measured, photographs = csv.reader(io.StringIO(out))
        self.assertEqual(head, ["name", "value", "unit", "noise", "batch", "remark", "not measured", "vendor", "disturbed"])
        self.assertEqual((measured[0], measured[2], measured[6]), (ONE, "images/s", ""))
        self.assertGreater(float(measured[1]), 0)
        self.assertEqual(photographs[1], "")
        self.assertIn("VKMBV3_DATA", photographs[6])

    def test_google_benchmarks_options_work(self):
        out, _ = self.run_bench(f"--benchmark_filter={ONE}", "--benchmark_repetitions=2", "--benchmark_format=json", *QUICK)
        rows = [row for row in json.loads(out)["benchmarks"] if row["run_type"] == "iteration"]
        self.assertEqual([row["repetition_index"] for row in rows], [0, 1])
        self.assertTrue(all(row["images/s"] > 0 for row in rows))

    def test_names_and_descriptions_need_no_device(self):
        names = self.run_bench("--list")[0].splitlines()
        described = self.run_bench("--describe")[0]
        for name in names:
            self.assertIn(f"{name} (", described)
        self.assertIn("mobilenet_v3_large/largest/fp16/training", names)
        self.assertEqual(self.run_bench("--benchmark_list_tests", "--filter", "peaks/copy")[0], "peaks/copy\n")

    def test_options_of_another_mode_are_refused(self):
        for arguments, expected in ((["--batch", "1"], "is an option of --suite and --stress"),
                                    (["--minutes", "1"], "is an option of --suite"),
                                    (["--suite", "--time", "1"], "is an option of the overview"),
                                    (["--suite", "--stress", "1"], "excludes"),
                                    (["--stress", "1", "--list"], "is an option of the overview and --suite"),
                                    (["--stress", "1", "--batch", "1,2"], "give one of each"),
                                    (["--describe", "--json", "-"], "--describe measures nothing"),
                                    (["--models", "odd"], "--suite"),
                                    (["--models", "mobilenet_v9"], "mobilenet_v9"),
                                    (["--format", "xml"], "xml"),
                                    (["--time", "nan"], "nan is not a number from 1 to 86400"),
                                    (["--least-ms", "nan"], "nan is not a number from 0.1"),
                                    (["--suite", "--minutes", "nan"], "nan is not a number above 0"),
                                    (["--stress", "0"], "0 is not a number above 0"),
                                    (["--stress", "1", "--chart", "a.png"], "give FILE.svg"),
                                    (["--json", "-", "--format", "csv"], "both write to the output"),
                                    (["--json", "-", "--benchmark_repetitions=2"], "both write to the output"),
                                    (["--format", "csv", "--benchmark_repetitions=2"], "both say what the output is"),
                                    (["--models", "mobilenet_v2,mobilenet_v2"], "twice")):
            self.assertIn(expected, self.run_bench(*arguments, status=2)[1])

    def test_what_cannot_end_well_is_refused_before_measuring(self):
        self.assertIn("--list prints the names", self.run_bench("--filter", "no such row", status=1)[1])
        self.assertIn("--list prints the names", self.run_bench("--describe", "--filter", "no such row", status=1)[1])
        self.assertIn("vkmbv3-bench is for one process, and 2 were started", self.run_bench(status=2, OMPI_COMM_WORLD_SIZE="2")[1])
        self.assertIn("create the folder first", self.run_bench("--json", "nowhere/a.json", status=1)[1])

    def test_an_output_that_takes_nothing_is_a_failure(self):
        environment = dict(os.environ, VK_ICD_FILENAMES=LAVAPIPE)
        for arguments in (["--list"], ["--describe"], ["--filter", ONE, *QUICK], ["--filter", ONE, "--json", "-", *QUICK]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=HANG, env=environment)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("No space left on device", done.stderr)

    def test_sigterm_leaves_what_was_measured(self):
        process = self.start("--models", "mobilenet_v3_small")
        self.addCleanup(process.kill)
        while "[1/" not in (line := process.stderr.readline()):
            self.assertNotEqual(line, "", "it ended by itself")
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=HANG)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM, err)
        self.assertNotIn("pure virtual", err)
        self.assertRegex(out, r"V3-Small batch 1 .*\d\?? ±\d+%")


class StressTest(BenchTest):
    def test_throughput_over_time_is_a_picture(self):
        out, err = self.run_bench("--stress", 0.01, "--batch", 2, "--chart", "stress.svg", "--models", "mobilenetv3_small_035",
                                  "--input-size", 32)
        self.assertRegex(out, r"[▁▂▃▄▅▆▇█]{2}  \d+\.\d to \d+\.\d images a second\n")
        self.assertRegex(out, r"\d+ passes, every one with the same bits; \d+\.\d images a second at the beginning, \d+\.\d at the end")
        self.assertIn("the same bits", err)
        svg = (self.folder / "stress.svg").read_text(encoding="utf-8")
        self.assertTrue(svg.startswith("<svg") or "<svg" in svg[:200])
        self.assertIn("images a second", svg)


class DocumentationTest(unittest.TestCase):
    def test_every_option_is_documented(self):
        text = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
        for option in ("--suite", "--time", "--format", "--describe", "--stress", "--chart"):
            self.assertTrue(re.search(re.escape(option) + r"\b", text), option)


if __name__ == "__main__":
    unittest.main()
