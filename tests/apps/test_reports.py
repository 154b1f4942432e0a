"""What the commands that only look at devices and models say, and that the common options are common."""

import json

from program import LAVAPIPE, SWIFTSHADER, ProgramTest

COMMON = ["--precision", "fp32", "--seed", 1, "--quiet"]


class ReportsTest(ProgramTest):
    drivers = (LAVAPIPE, SWIFTSHADER)

    def rows(self, *arguments):
        done = self.run_program(*arguments, "--json")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        return json.loads(done.stdout_text)

    def test_devices_lists_all_or_those_asked_for(self):
        self.assertEqual([row["index"] for row in self.rows("devices", *COMMON)], [0, 1])
        self.assertEqual([row["index"] for row in self.rows("devices", *COMMON, "--device", "all")], [0, 1])
        self.assertEqual([row["index"] for row in self.rows("devices", "--device", 1)], [1])
        self.assertEqual([row["index"] for row in self.rows("devices", "--device", "1,0")], [1, 0])
        self.refused("no device 7.*vkmbv3 devices", "devices", "--device", 7)

    def test_summary_takes_the_common_options(self):
        self.assertEqual(self.rows("summary", *COMMON, "--device", 0), self.rows("summary"))

    def test_every_model_is_timed_with_the_options_given(self):
        common = ["latency", "--models", "all", "--input-size", 32, "--runs", 1, "--device", 1, "--quiet"]  # not SwiftShader, which compiles anew
        rows = self.rows(*common, "--width", 0.25)
        self.assertEqual(len({row["model"] for row in rows}), 5)
        self.assertEqual({(row["width"], row["input_size"]) for row in rows}, {(0.25, 32)})
        widths = [row["width"] for row in self.rows(*common, "--widths", "0.25,0.5")]
        self.assertEqual(widths, 5 * [0.25, 0.5])
