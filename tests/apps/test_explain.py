"""`explain` says what a training step does, as `train --explain` does, and trains nothing."""

import json

import program
from program import TINY, ProgramTest


class ExplainTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "data.safetensors", 16)
        self.options = [*TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--quiet"]

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
