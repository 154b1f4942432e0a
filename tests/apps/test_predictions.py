"""`bench/predict` asks the program what GPUs would do that are not here; the table of docs/devices.md is made of it."""

import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import unittest

import program
from program import ProgramTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / "bench" / "predict"


def load_tool():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("predict", str(TOOL))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("predict", loader))
    loader.exec_module(module)
    return module


class PredictTest(ProgramTest):
    def test_committed_predictions_are_what_the_program_says(self):
        done = subprocess.run([sys.executable, "-B", TOOL, "--vkmbv3", program.PROGRAM, "--check", "nvidia-rtx3090-linux",
                               "nvidia-rtx5090-win", "amd-rx7900xtx-win"], capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class SummaryTest(unittest.TestCase):
    def test_a_step_is_summed_up(self):
        row = {"bound": "memory", "us": 5.0, "overhead_us": 4.0, "workgroup": 64, "bytes": 2e7, "flops": 0.0, "subgroups_a_processor": 40.0}
        small = {**row, "bound": "issue", "us": 6.0, "bytes": 1e3, "subgroups_a_processor": 1.0}
        self.assertEqual(load_tool().summary({"images_per_second": 1234.5, "barriers": 2, "dispatches": [row, small, row]}),
                         {"images_per_second": 1230.0, "bound": "launch", "dispatches": 3, "barriers": 2, "least_subgroups": 40.0})

    def test_counts_are_exact_and_times_nearly(self):
        same = load_tool().same
        self.assertTrue(same({"rate": 100.0, "barriers": 3}, {"rate": 101.0, "barriers": 3}))
        self.assertFalse(same({"rate": 100.0, "barriers": 3}, {"rate": 104.0, "barriers": 3}))
        self.assertFalse(same({"rate": 100.0, "barriers": 3}, {"rate": 100.0, "barriers": 4}))

    def test_every_gpu_that_was_there_has_a_row(self):
        tool = load_tool()
        self.assertEqual(set(tool.json.loads(tool.PREDICTIONS.read_text(encoding="utf-8"))), set(tool.gpus()))
