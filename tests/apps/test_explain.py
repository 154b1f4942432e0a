"""`explain` says what a training step does, as `train --explain` does, and trains nothing."""

import json
import pathlib
import re

import program
from program import TINY, ProgramTest


class ExplainTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "data.safetensors", 16)
        self.loud = [*TINY, "--data", "tensors:data.safetensors", "--batch-size", 8]
        self.options = [*self.loud, "--quiet"]

    def printed(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr_text)
        return done.stdout_text

    def rows(self, *arguments):
        return json.loads(self.printed(*arguments, "--json"))

    def test_the_command_and_the_option_say_the_same(self):
        for more in ([], ["--json"], ["--no-fuse"]):
            text = self.printed("explain", *self.options, *more)
            self.assertEqual(text, self.printed("train", "--explain", *self.options, *more))
        self.assertFalse((self.folder / "runs").exists())

    def test_rows_are_the_layers_of_a_step(self):
        (step,) = self.rows("explain", *self.options)
        self.assertEqual(step["images"], 8)
        self.assertIn("features.0.0", {row["layer"] for row in step["layers"]})
        self.assertEqual(step["dispatches"], sum(row["dispatches"] for row in step["layers"]))
        self.assertNotIn("us", step)
        (timed,) = self.rows("explain", *self.options, "--profile")
        self.assertGreater(timed["us"], 0)

    def test_a_run_is_explained_by_its_configuration(self):
        self.result("train", *self.options, "--max-steps", 1, "--out", "run", "--lr", 0.3, "--log-every", 1)
        explained = self.printed("explain", "--config", "run/config.yaml", "--quiet")
        self.assertEqual(explained, self.printed("explain", *self.options))

    def test_shares_are_those_that_a_run_has(self):
        options = ["explain", *self.options, "--device", "0,0"]
        self.assertEqual([step["images"] for step in self.rows(*options)], [4, 4])
        self.assertEqual([step["images"] for step in self.rows(*options, "--shares", "3,1")], [6, 2])
        self.refused("stages take it whole: use --placement replicate", *options, "--placement", "pipeline", status=2)

    def test_a_device_that_is_not_here_is_predicted_from_its_report(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        options = ["explain", *self.options, "--precision", "amp", "--device-report", report]
        predicted = json.loads(self.printed(*options, "--json"))
        self.assertEqual((predicted["device"], predicted["processors"]), ("NVIDIA GeForce RTX 3090", 82))
        self.assertTrue(predicted["known"])
        self.assertAlmostEqual(sum(row["us"] + row["overhead_us"] for row in predicted["dispatches"]), predicted["us"], places=3)
        text = self.printed(*options)
        self.assertIn(f"{len(predicted['dispatches'])} dispatches, {predicted['barriers']} barriers", text)

    def test_inference_is_predicted_for_a_batch(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        options = ["explain", *self.options, "--precision", "amp", "--device-report", report, "--json"]
        training, inference = json.loads(self.printed(*options)), json.loads(self.printed(*options, "--inference"))
        self.assertEqual((inference["images"], inference["class"]), (8, training["class"]))
        self.assertLess(len(inference["dispatches"]), len(training["dispatches"]))
        self.assertFalse([row for row in inference["dispatches"] if "grad" in row["kernel"]])
        options[options.index("--batch-size") + 1] = 1
        one = json.loads(self.printed(*options, "--inference"))
        self.assertLess(sum(row["flops"] for row in one["dispatches"]) * 7.9, sum(row["flops"] for row in inference["dispatches"]))

    def test_options_of_learning_are_said_to_be_without_effect_on_inference(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        done = self.run_program("explain", *self.loud, "--device-report", report, "--inference", "--optimizer", "adamw", "--mixup", 0.2,
                                "--sync-bn")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        said = re.search("that is classified on one device that is not here: without effect is (.*)", done.stderr_text)[1]
        self.assertEqual({"--optimizer", "--mixup", "--sync-bn"} - set(said.split(", ")), set(), said)
        self.assertNotIn("--batch-size", said)
        self.assertEqual(said.count("--sync-bn"), 1)

    def test_a_prediction_is_of_the_network_whose_weights_training_starts_from(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        self.result("train", *self.options, "--max-steps", 1, "--epochs", 1, "--out", "run")
        data = [*self.options[len(TINY):], "--device-report", report, "--json"]
        for more in ([], ["--inference"]):
            told, from_weights, of_run = (json.loads(self.printed("explain", *options, *data, *more)) for options in
                                          (TINY, ["--init", "run/weights.safetensors"], ["--resume", "run"]))
            self.assertEqual(from_weights["dispatches"], told["dispatches"])
            self.assertEqual(of_run["dispatches"], told["dispatches"])

    def test_a_run_that_is_not_there_is_not_explained(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        for command in (["explain"], ["train", "--explain"], ["explain", "--device-report", report]):
            self.refused("--resume runs/none: there is no run to explain", *command, *self.options, "--resume", "runs/none", status=2)

    def test_a_report_may_be_what_a_windows_console_saved(self):
        report = self.folder / "report.json"
        original = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-rtx3090-linux.json"
        options = ["explain", *self.options, "--json", "--device-report"]
        for encoding in "utf-8-sig", "utf-16":
            report.write_bytes(original.read_text(encoding="utf-8").encode(encoding))
            self.assertEqual(self.printed(*options, report), self.printed(*options, original), encoding)

    def test_what_a_report_cannot_answer_is_an_error(self):
        report = self.folder / "report.json"
        report.write_text("{}")
        for more, why in ((["--device-report", report], f"{report}: device snapshot: .*vkmbv3 devices --json --full"),
                          (["--device-report", self.folder], "a folder; name the file in it"),
                          (["--device-report", "none.json"], "cannot be read"),
                          (["--device-report", report, "--profile"], "--profile measures"),
                          (["--overlapped-loads"], "belongs to --device-report"),
                          (["--inference"], "belongs to --device-report")):
            done = self.run_program("explain", *self.options, *more)
            self.assertNotEqual(done.returncode, 0, more)
            self.assertRegex(done.stderr_text, why)
        for content, why in (("[]", "it lists no device"), ("", "not a device snapshot"), (b"\x1f\x8b\xff".decode("latin-1"), "not a device snapshot")):
            report.write_text(content, encoding="latin-1")
            self.refused(why, "explain", *self.options, "--device-report", report, status=2)

    def test_a_report_of_several_devices_is_of_the_one_that_is_named(self):
        data = pathlib.Path(__file__).parents[1] / "data/devices"
        report = self.folder / "two.json"
        report.write_text(json.dumps([json.loads((data / f"{name}.json").read_text()) for name in ("nvidia-l4-linux", "nvidia-t4-linux")]))
        for more, device in (([], "NVIDIA L4"), (["--device", 1], "Tesla T4")):
            predicted = self.run_program("explain", *self.loud, "--device-report", report, "--json", *more)
            self.assertEqual(json.loads(predicted.stdout_text)["device"], device)
            self.assertRegex(predicted.stderr_text, f"device {len(more) // 2} of the 2 in .*two.json")
        for bad in "2", "0,1", "all":
            self.refused("has the devices 0 to 1, of which one is predicted: name it", "explain", *self.options, "--device-report", report,
                         "--device", bad, status=2)

    def test_what_a_prediction_does_not_use_is_said(self):
        report = pathlib.Path(__file__).parents[1] / "data/devices/nvidia-l4-linux.json"
        done = self.run_program("explain", *self.loud, "--device-report", report, "--shares", "3,1", "--sync-bn")
        self.assertIn("without effect is --sync-bn, --shares", done.stderr_text)
