"""What training on several devices, or in several processes, is measured to gain."""

import argparse
import contextlib
import io
import unittest.mock

from tools import ToolTest, load_tool

tool = load_tool("training_together")


def run(*lines):
    """Returns lines of a log: (step, images a second), or the step from which on shares are others."""
    return [{"kind": "shares", "step": line, "shares": [1, 1]} if isinstance(line, int)
            else {"kind": "step", "step": line[0], "images_per_second": line[1]} for line in lines]


class TrainingTogetherTest(ToolTest):
    def test_the_first_steps_do_not_count(self):
        self.assertEqual(tool.rate(run((2, 1), (4, 5), (6, 100), (8, 102), (10, 900))), 102)

    def test_steps_are_counted_from_the_first_change_of_shares(self):
        self.assertEqual(tool.steps_to_stay(run(0, (2, 10), (12, 10), 12, (14, 60), (24, 60), 24, (26, 91), (28, 95)), 90), 14)

    def test_what_falls_back_has_not_stayed(self):
        log = run(0, (2, 10), 12, (14, 95), (16, 50), (18, 95))
        self.assertEqual(tool.steps_to_stay(log, 90), 6)
        self.assertIsNone(tool.steps_to_stay(log, 99))

    def test_two_devices_are_held_against_each_alone(self):
        def train(_, *more):
            rate = {"0": 50, "1": 400, "0,1": 95}[more[more.index("--device") + 1]]
            closes_in = run(0, (2, 90), (12, 90), 12, (14, 430), *((step, 441) for step in range(16, 30, 2)))
            return closes_in if "measured" in more else run(*((step, rate) for step in range(2, 30, 2)))

        said = io.StringIO()
        with contextlib.redirect_stdout(said), unittest.mock.patch.object(tool, "train", train):
            tool.devices(argparse.Namespace(batch=128, rounds=3, device="0,1"))
        self.assertIn("a step 1.05 of the slower one's; measured shares 441, 0.98 of the sum, 2 steps after they first changed", said.getvalue())
        self.assertIn("a step is 1.05 of the slower one's, measured shares make 0.98 of the sum (medians)", said.getvalue())

    def test_a_run_that_fails_says_why(self):
        done = self.run_tool("training_together", "devices", "--program", "/nowhere/vkmbv3")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("training_together: error: /nowhere/vkmbv3 cannot be started: No such file", done.stderr)
