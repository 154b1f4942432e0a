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

    def test_devices_says_how_batches_reach_each(self):
        done = self.run_program("devices")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        self.assertEqual(done.stdout_text.count("   uploads         in place (the host sees the device's memory)\n"), 2)

    def test_summary_takes_the_common_options(self):
        self.assertEqual(self.rows("summary", *COMMON, "--device", 0), self.rows("summary"))

    def test_every_model_is_timed_with_the_options_given(self):
        common = ["latency", "--input-size", 32, "--runs", 1, "--device", 1, "--quiet"]  # not SwiftShader, which compiles anew
        rows = self.rows(*common, "--models", "all", "--width", 0.25)
        self.assertGreater(len({row["model"] for row in rows}), 20)
        self.assertEqual({(row["width"], row["input_size"]) for row in rows}, {(0.25, 32)})
        widths = [row["width"] for row in self.rows(*common, "--models", "common", "--widths", "0.25,0.5")]
        self.assertEqual(widths, 5 * [0.25, 0.5])

    def test_latency_takes_a_list_of_names_files_and_weights(self):
        (self.folder / "net.yaml").write_text(
            "name: net\nstem: {out: 8}\nblocks: [{out: 8, stride: 2}]\noptions: {input-size: 16, num-classes: 3}\n")
        self.result("train", "--model", "net.yaml", "--max-steps", 1, "--batch-size", 4, "--data", "synthetic:8", "--no-augment",
                    "--out", "run", "--device", 1, "--num-classes", 10)
        weights = "run/weights.safetensors"
        rows = self.rows("latency", "--models", f"mobilenet_v1,net.yaml,{weights}", "--runs", 4, "--device", 1, "--quiet", "--width", 0.25)
        self.assertEqual([row["model"] for row in rows], ["mobilenet_v1", "net", "net"])
        self.assertEqual([row.get("weights") for row in rows], [None, None, weights])
        for row in rows:
            self.assertGreaterEqual(row["std_ms"], 0)
            self.assertLessEqual(row["mean_ms"], 4 * row["p95_ms"])
        done = self.run_program("latency", "--models", "net.yaml", "--runs", 2, "--device", 1)
        self.assertRegex(done.stdout_text, r"median [\d.]+ ms, p95 [\d.]+ ms, mean [\d.]+ ± [\d.]+ ms, [\d.]+ images/s\n")
        self.refused("unknown model 'mobilenet_v9'", "latency", "--models", "mobilenet_v1,mobilenet_v9", status=2)
        rows = self.rows("latency", "--models", f"mobilenet_v1,{weights}", "--widths", "0.25,0.5", "--input-size", 32, "--runs", 1, "--device", 1, "--quiet")
        self.assertEqual([(row["model"], row["width"]) for row in rows], [("mobilenet_v1", 0.25), ("mobilenet_v1", 0.5), ("net", 1)])
        for one, several, value in ("--model", "--models", "mobilenet_v1"), ("--width", "--widths", 0.5):
            self.refused(f"{one} and {several} both say what to time: give one", "latency", one, value, several, value, status=2)
        self.refused("akrapukhin_v3_small: block 1: 1 channels leave", "latency", "--models", "akrapukhin_v3_small", "--widths", 0.1, status=2)
        self.refused("a name is missing", "latency", "--models", "mobilenet_v1,,mobilenet_v2", status=2)
