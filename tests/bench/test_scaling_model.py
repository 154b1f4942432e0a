"""What a step over many devices is predicted to take."""

import json

from tools import ToolTest, load_tool

model = load_tool("scaling_model")

MB = 1_000_000
FREE = (float("inf"), 0.0)


def explained(*rows, images=32):
    """What `explain` says of these: ("work", bytes) or ("reduce", bytes)."""
    layers, at = [], 0
    for kind, size in rows:
        layer = f"gradients[{at}, {at + size})" if kind == "reduce" else "layer"
        at += size if kind == "reduce" else 0
        layers.append({"layer": layer, "operator": "all_reduce" if kind == "reduce" else "convolution", "planned_bytes": size, "flops": 0.0})
    return [{"images": images, "layers": layers}] * 2


def step(*rows, seconds=0.1):
    return model.Step(explained(*rows), seconds, 20.0)


TWO_BUCKETS = step(("work", 60), ("reduce", 8 * MB), ("work", 30), ("reduce", 2 * MB), ("work", 10))


class ScalingModelTest(ToolTest):
    def test_a_lone_device_takes_what_was_measured(self):
        self.assertAlmostEqual(model.simulate(TWO_BUCKETS, 1, 1, model.LINKS["PCIe3x16"], model.NETWORKS["1GbE"], 1e9)[0], 0.1)

    def test_where_nothing_takes_time_nobody_waits(self):
        for processes, devices in (1, 8), (8, 1), (16, 4):
            seconds, waited = model.simulate(TWO_BUCKETS, processes, devices, FREE, FREE, float("inf"))
            self.assertAlmostEqual(seconds, 0.1)
            self.assertAlmostEqual(waited, 0)

    def test_a_bucket_is_hidden_behind_what_follows_it(self):
        # 8 MB at 0.4 GB/s in 20 ms, while backward goes on for 30; 2 MB in 5 ms, when it is over.
        self.assertAlmostEqual(model.simulate(TWO_BUCKETS, 1, 2, FREE, FREE, 0.8e9)[1], 0.005)

    def test_buckets_are_made_one_after_the_other(self):
        # 8 MB in 40 ms: the second bucket waits 10 ms for the first, and takes 10.
        self.assertAlmostEqual(model.simulate(TWO_BUCKETS, 1, 2, FREE, FREE, 0.4e9)[1], 0.02)

    def test_the_host_is_reached_over_a_link(self):
        one = step(("work", 90), ("reduce", 10 * MB), ("work", 10))
        self.assertAlmostEqual(model.simulate(one, 1, 2, (1e9, 0.001), FREE, float("inf"))[1], 2 * (0.001 + 0.010))

    def test_processes_exchange_each_its_part(self):
        # Of n processes each sends n - 1 parts of 1 / n, and then its sum as often.
        self.assertAlmostEqual(model.exchange_seconds(12 * MB, 4, 1, (1e9, 0.001)), 6 * (0.001 + 0.003))
        self.assertAlmostEqual(model.exchange_seconds(12 * MB, 4, 2, (1e9, 0.001)), 3 * (0.001 + 0.006) + 3 * (0.001 + 0.003))
        self.assertAlmostEqual(model.exchange_seconds(1000, 4, 1, (1e9, 0.001)), 3 * (0.001 + 1e-6))
        self.assertEqual(model.exchange_seconds(12 * MB, 1, 8, (1e9, 0.001)), 0)

    def test_more_devices_are_never_more_efficient(self):
        for network in model.NETWORKS.values():
            rows = model.curve(TWO_BUCKETS, 4, model.LINKS["PCIe4x16"], network, 2e9, 1024)
            self.assertEqual([row[0] for row in rows], [2 ** i for i in range(11)])
            self.assertEqual([row[1] for row in rows][:5], [1, 1, 1, 2, 4])
            efficiencies = [row[4] for row in rows]
            self.assertEqual(efficiencies, sorted(efficiencies, reverse=True))

    def test_rows_are_of_the_devices_that_they_name(self):
        rows = model.curve(TWO_BUCKETS, 3, model.LINKS["PCIe4x16"], model.NETWORKS["1GbE"], 2e9, 13)
        self.assertEqual([row[:2] for row in rows], [(1, 1), (2, 1), (3, 1), (6, 2), (12, 4)])
        self.assertEqual([row[0] for row in model.curve(TWO_BUCKETS, 8, FREE, FREE, 2e9, 4)], [1, 2, 4])

    def test_it_says_where_overlap_ends(self):
        rows = [(1, 1, 0.100, 0, 1), (2, 2, 0.104, 0.004, 0.96), (4, 4, 0.120, 0.020, 0.83)]
        self.assertEqual(model.overlap_ends(TWO_BUCKETS, rows), 4)
        self.assertIsNone(model.overlap_ends(TWO_BUCKETS, rows[:2]))

    def test_a_row_that_is_bound_by_arithmetic_takes_its_operations_time(self):
        rows = explained(("work", 100), ("work", 100), ("reduce", MB))
        rows[0]["layers"][0]["flops"] = 6000.0  # of 300 bytes
        self.assertAlmostEqual(model.Step(rows, 1.0, 20.0).rows[0][1], 0.75)

    def test_the_command_prints_a_curve(self):
        file = self.folder / "step.json"
        file.write_text(json.dumps(explained(("work", 60), ("reduce", 8 * MB), ("work", 40))))
        text = self.run_tool("scaling_model", file, "--step-ms", 100, "--most", 8, "--network", "0.1,50").stdout
        self.assertIn("8.0 MB of gradients; 100.00 ms a step of 32 images on one device", text)
        self.assertRegex(text, r"(?m)^ +8 +8 .*%")
        self.assertIn("From 2 devices on", text)
        rows = json.loads(self.run_tool("scaling_model", file, "--step-ms", 100, "--most", 8, "--json").stdout)
        self.assertEqual([row["devices"] for row in rows], [1, 2, 4, 8])

    def test_what_is_no_number_and_no_step_is_refused(self):
        file = self.folder / "step.json"
        file.write_text(json.dumps(explained(("work", 60), ("reduce", 8 * MB), ("work", 40))))
        for options in (["--step-ms", "nan"], ["--step-ms", "0"], ["--most", "0"], ["--devices", "-1"], ["--host", "inf"],
                        ["--link", "0,1"], ["--network", "nan,1"]):
            refused = self.run_tool("scaling_model", file, "--step-ms", 100, *options)
            self.assertEqual(refused.returncode, 2, options)
            self.assertIn(f"argument {options[0]}: '{options[1]}'", refused.stderr)
        for text in "{}", "[]", "[1]", '[{"layers": [1]}]':
            file.write_text(text)
            self.assertIn("is not what explain --device 0,0 --json prints", self.run_tool("scaling_model", file, "--step-ms", 100).stderr)

    def test_a_step_that_reduces_nothing_is_refused(self):
        file = self.folder / "step.json"
        file.write_text(json.dumps(explained(("work", 60))))
        refused = self.run_tool("scaling_model", file, "--step-ms", 100)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("explain it with --device 0,0", refused.stderr)
