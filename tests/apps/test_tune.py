"""Kernel variants: measuring them, keeping them, and what becomes of a file that is not what it was."""

import json

import program
from program import LAVAPIPE, ProgramTest, merged, metrics

FAST = ["--model", "mobilenet_v3_small", "--width", "0.25", "--num-classes", "4", "--input-size", "8", "--stem-stride", "1"]


class TuneTest(ProgramTest):
    drivers = (LAVAPIPE,)

    def start(self, *arguments, **variables):
        return super().start(*arguments, **({"VKMBV3_CACHE": str(self.folder / "cache")} | variables))

    def tuning(self):
        (file,) = (self.folder / "cache").glob("*.tuning")
        return file

    def latency(self, *more):
        done = self.run_program("latency", *FAST, "--runs", 2, *more)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        return done.stderr_text

    def test_choices_are_reported_and_kept(self):
        done = self.run_program("tune", *FAST, "--batch-size", 2, "--only", "inference", "--json", "--quiet")
        rows = json.loads(done.stdout_text)
        self.assertGreater(len(rows), 50)
        for row in rows:
            self.assertLessEqual({"device", "kernel", "shape", "choice", "gain"}, set(row))
            self.assertGreater(row["gain"], 0)
        whole = [row for row in rows if row["kernel"] == "all"]
        self.assertEqual([row["shape"] for row in whole], ["inference, 1 image", "inference, 2 images"])
        text = self.tuning().read_text()
        for row in rows:
            if row["kernel"] != "all":
                self.assertIn(f" | {row['kernel']} | {row['shape']} | {row['choice']}\n", text)

    def test_a_tuning_is_made_once_and_named_where_it_was_changed(self):
        self.assertIn("tuning inference", self.latency("--tune").replace("mobilenet_v3_small x0.25, batches of 1", "inference"))
        good = self.tuning().read_bytes()
        self.assertNotIn("tuning", self.latency("--tune"))
        self.assertEqual(self.tuning().read_bytes(), good)
        for bad in (good[:-30], b"", good.replace(b"1.000", b"9.000", 1), b"\xff" * 1000, good + good):
            self.tuning().write_bytes(bad)
            said = self.latency()
            self.assertEqual(sum(self.tuning().name in line for line in said.splitlines()), 1, said)

    def test_a_run_resumes_bit_for_bit_with_its_tuning(self):
        options = [*FAST, "--num-classes", 10, "--data", "synthetic:16", "--batch-size", 4, "--epochs", 9, "--log-every", 1, "--tune"]
        self.result("train", *merged(*options), "--max-steps", 4, "--out", "whole")
        self.result("train", *merged(*options), "--max-steps", 2, "--out", "parts")
        self.result("train", "--resume", "parts", "--max-steps", 4)
        self.assertEqual(metrics(self.folder / "whole"), metrics(self.folder / "parts"))
        self.assertEqual(*((self.folder / run / "weights.safetensors").read_bytes() for run in ("whole", "parts")))
        self.assertNotIn("tune", (self.folder / "whole/config.yaml").read_text())

    def test_there_must_be_a_folder_to_keep_choices_in(self):
        self.refused("VKMBV3_CACHE", "latency", *FAST, "--runs", 1, "--tune", VKMBV3_CACHE="/proc/nowhere")
