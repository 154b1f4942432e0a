"""Kernel variants: measuring them, keeping them, and what becomes of a file that is not what it was."""

import json
import re

import program
from program import LAVAPIPE, ONE_BLOCK, ProgramTest, merged, metrics

FAST = program.merged(*program.FEW_LAYERS, "--input-size", 8)


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


class TuneTest(ProgramTest):
    drivers = (LAVAPIPE,)

    def start(self, *arguments, **variables):
        # Kernels this small take less time than waking lavapipe's threads does, a million times.
        own = {"VKMBV3_CACHE": str(self.folder / "cache"), "LP_NUM_THREADS": "0"}
        return super().start(*arguments, **(own | variables))

    def tuning(self):
        (file,) = (self.folder / "cache").glob("*.tuning")
        return file

    def latency(self, *more, of=FAST):
        done = self.run_program("latency", *merged(*of, "--runs", 2, *more))
        self.assertEqual(done.returncode, 0, done.stderr_text)
        return done.stderr_text

    def choose_precision(self, choice):
        lines = [line for line in self.tuning().read_text().splitlines(keepends=True) if not line.startswith("checksum")]
        changed = "".join(f"{line[:line.rfind('|')]}| {choice}\n" if "| precision |" in line else line for line in lines)
        self.tuning().write_text(f"{changed}checksum {fnv1a(changed.encode()):016x}\n")

    def test_choices_are_reported_and_kept(self):
        done = self.run_program("tune", *FAST, "--batch-size", 2, "--only", "inference", "--json", "--quiet")
        rows = json.loads(done.stdout_text)
        self.assertGreater(len(rows), 30)
        for row in rows:
            self.assertLessEqual({"device", "kernel", "shape", "choice", "gain"}, set(row))
            self.assertGreater(row["gain"], 0)
        whole = [row for row in rows if row["kernel"] == "all"]
        self.assertEqual([row["shape"] for row in whole], [f"inference, {images}{kernels}" for images in ("1 image", "2 images") for kernels in ("", ", blocks")])
        text = self.tuning().read_text()
        for row in rows:
            if row["kernel"] != "all":
                self.assertIn(f" | {row['kernel']} | {row['shape']} | {row['choice']}\n", text)

    def test_a_tuning_is_made_once_and_named_where_it_was_changed(self):
        self.assertIn("tuning inference", self.latency("--tune").replace("tiny x1, batches of 1", "inference"))
        good = self.tuning().read_bytes()
        self.assertNotIn("tuning", self.latency("--tune"))
        self.assertEqual(self.tuning().read_bytes(), good)
        for bad in (good[:-30], b"", good.replace(b"1.000", b"9.000", 1), b"\xff" * 1000, good + good):
            self.tuning().write_bytes(bad)
            said = self.latency()
            self.assertEqual(sum(self.tuning().name in line for line in said.splitlines()), 1, said)

    def test_auto_precision_is_measured_kept_and_used(self):
        done = self.run_program("tune", *ONE_BLOCK, "--batch-size", 1, "--only", "inference", "--precision", "auto", "--json", "--quiet")
        rows = json.loads(done.stdout_text)
        self.assertEqual({row["precision"] for row in rows if row["kernel"] == "all"}, {"fp32", "amp"})
        (measured,) = (row for row in rows if row["kernel"] == "precision")
        self.assertEqual((measured["shape"], measured["default"]), ("one-block x1, 8 px, strides 2 and 2, inference, 1 image", "fp32"))
        self.assertGreaterEqual(measured["gain"], 1)
        text = self.tuning().read_text()
        self.assertIn(f" | precision | {measured['shape']} | {measured['choice']}\n", text)
        for choice, meaning in (("fp32", "not faster"), ("amp", "faster")):
            self.choose_precision(choice)
            said = self.latency("--precision", "auto", of=ONE_BLOCK)
            self.assertIn(f"precision {choice}: fp16 storage is {meaning} on", said)
            self.assertIn("as measured", said)
            self.assertIn("by its kind: --tune measures it", self.latency("--precision", "auto", "--batch-size", 2, of=ONE_BLOCK))
        before = self.tuning().read_bytes()
        self.latency("--precision", "auto", "--tune", of=ONE_BLOCK)
        self.assertEqual(self.tuning().read_bytes(), before)
        said = self.latency("--precision", "auto", "--tune", "--num-classes", 9, of=ONE_BLOCK)
        self.assertRegex(said, "tuning .*, amp\n")
        self.assertNotRegex(said, "tuning .*, fp32\n")

    def test_an_evaluation_measures_what_auto_means_with_the_option_it_advises(self):
        options = ["--data", "synthetic:16", "--batch-size", 4]
        self.result("train", *merged(*ONE_BLOCK, "--num-classes", 10), *options, "--max-steps", 1, "--out", "run")
        evaluation = ["eval", "--weights", "run/weights.safetensors", *options, "--precision", "auto"]
        self.result(*evaluation)
        self.assertIn("by its kind: --tune measures it", self.stderr_text)
        for more in (["--tune"], []):
            self.result(*evaluation, *more)
            self.assertIn("as measured", self.stderr_text)

    def test_a_run_resumes_bit_for_bit_with_its_tuning(self):
        options = [*ONE_BLOCK, "--num-classes", 10, "--data", "synthetic:16", "--batch-size", 4, "--epochs", 9, "--log-every", 1, "--tune"]
        self.result("train", *merged(*options), "--max-steps", 4, "--out", "whole")
        self.result("train", *merged(*options), "--max-steps", 2, "--out", "parts")
        self.result("train", "--resume", "parts", "--max-steps", 4)
        self.assertEqual(metrics(self.folder / "whole"), metrics(self.folder / "parts"))
        self.assertEqual(*((self.folder / run / "weights.safetensors").read_bytes() for run in ("whole", "parts")))
        self.assertNotIn("tune", (self.folder / "whole/config.yaml").read_text())

    def test_what_each_device_will_compute_is_measured(self):
        options = [*ONE_BLOCK, "--num-classes", 10, "--data", "synthetic:16", "--batch-size", 8, "--max-steps", 1,
                   "--freeze", "backbone", "--device", "0,0", "--tune"]
        for more, images in ((["--shares", "3,1"], {"6", "2"}), (["--placement", "pipeline"], {"8"})):
            self.result("train", *options, "--out", f"run{len(images)}", *more)
            self.assertEqual(set(re.findall(r"tuning training, (\d+) image", self.stderr_text)), images)

    def test_there_must_be_a_folder_to_keep_choices_in(self):
        self.refused("VKMBV3_CACHE", "latency", *FAST, "--runs", 1, "--tune", VKMBV3_CACHE="/proc/nowhere")
