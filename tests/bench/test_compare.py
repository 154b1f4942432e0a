import itertools
import re
import unittest

from tools import ToolTest, around, kernel, load_tool, model, result

compare = load_tool("compare")


class MannWhitneyTest(unittest.TestCase):
    def test_exact_tail_counts_all_orders(self):
        for n, m in ((1, 1), (3, 2), (4, 5), (6, 3)):
            orders = list(itertools.combinations(range(n + m), n))
            # U of the sample that holds these ranks, counting from 0.
            statistics = [sum(order) - n * (n - 1) // 2 for order in orders]
            for u in range(n * m + 1):
                expected = sum(value <= u for value in statistics) / len(orders)
                self.assertAlmostEqual(compare.exact_tail(u, n, m), expected, places=12, msg=f"{n} {m} {u}")

    def test_normal_approximation_is_near_the_exact_one(self):
        for u in (60, 100, 140, 199):
            exact, normal = compare.exact_tail(u, 20, 20), compare.normal_tail(u, 20, 20, [1] * 40)
            self.assertLess(abs(exact - normal), 0.003)

    def test_separated_samples(self):
        self.assertAlmostEqual(compare.mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), 2 / 252)

    def test_order_of_the_samples_does_not_matter(self):
        self.assertEqual(compare.mann_whitney([1, 4, 6], [2, 3, 9, 7]), compare.mann_whitney([2, 3, 9, 7], [1, 4, 6]))

    def test_ties(self):
        self.assertEqual(compare.mann_whitney([1, 1, 1], [1, 1, 1]), 1)
        self.assertGreater(compare.mann_whitney([1, 2, 2, 3], [2, 2, 3, 1]), 0.8)
        self.assertLess(compare.mann_whitney([1] * 10 + [2], [2] * 10 + [1]), 0.01)

    def test_no_repetitions(self):
        self.assertIsNone(compare.mann_whitney([], [1.0]))


class CompareTest(ToolTest):
    def compare(self, old, new, *options):
        return self.run_tool("compare", self.write("old.json", old), self.write("new.json", new), *options)

    def test_same_result_is_fine(self):
        same = result([kernel("depthwise", around(100))], [model()])
        done = self.compare(same, same)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0 slower, 0 faster, 2 equal", done.stdout)

    def test_regression_fails_and_the_worst_comes_first(self):
        old = result([kernel(name, around(100)) for name in ("add", "depthwise", "pointwise")])
        new = result([kernel("add", around(120, seed=2)), kernel("depthwise", around(150, seed=3)), kernel("pointwise", around(50))])
        done = self.compare(old, new)
        self.assertEqual(done.returncode, 1)
        names = [line.split("/")[-1] for line in done.stdout.splitlines() if "mobilenet" in line]
        self.assertEqual(names, ["depthwise", "add", "pointwise"])
        self.assertIn("2 slower, 1 faster, 0 equal", done.stdout)

    def test_whole_models_count(self):
        slow = model()
        slow["wall_us"] = [time * 1.5 for time in slow["wall_us"]]
        slow["median_wall_us"] *= 1.5
        done = self.compare(result(models=[model()]), result(models=[slow]))
        self.assertEqual(done.returncode, 1)
        self.assertIn("whole model, training", done.stdout)

    def test_less_than_the_threshold_is_fine(self):
        old, new = result([kernel("add", around(100))]), result([kernel("add", around(103, seed=2))])
        self.assertEqual(self.compare(old, new).returncode, 0)
        self.assertEqual(self.compare(old, new, "--threshold", "0.01").returncode, 1)

    def test_noise_is_no_regression(self):
        old = result([kernel("add", [80, 100, 140, 90, 120])])
        new = result([kernel("add", [85, 130, 95, 125, 110])])
        self.assertEqual(self.compare(old, new).returncode, 0)

    def test_too_few_repetitions_are_said(self):
        done = self.compare(result([kernel("add", [100, 101])]), result([kernel("add", [200, 201])]))
        self.assertEqual(done.returncode, 0)
        self.assertIn("too few repetitions to tell: 1", done.stdout)

    def test_geometric_mean_by_operator(self):
        old = result([kernel("add", around(100)), kernel("add", around(100), batch=1)])
        new = result([kernel("add", [4 * time for time in around(100)]), kernel("add", around(100), batch=1)])
        means = self.compare(old, new).stdout.split("Geometric means")[1]
        self.assertRegex(means, r"2\.000 +2  add")

    def test_filter(self):
        old, new = (result([kernel("add", around(100)), kernel("depthwise", around(time))]) for time in (100, 200))
        self.assertEqual(self.compare(old, new, "--filter", "/add$").returncode, 0)
        self.assertEqual(self.compare(old, new, "--filter", "/depth").returncode, 1)
        self.assertEqual(self.compare(old, new, "--filter", "nothing").returncode, 2)

    def test_noise_and_other_devices_are_said(self):
        old = result([kernel("add", around(100))], noisy=True, noise=0.09)
        new = result([kernel("add", around(100))], device="another device")
        said = self.compare(old, new).stdout
        self.assertIn("OLD was measured on a noisy machine: a probe's medians disagreed by 9.0 %", said)
        self.assertIn("different devices: a device and another device", said)

    def test_names_in_one_file_only_are_said(self):
        old = result([kernel("add", around(100)), kernel("gone", around(100))])
        self.assertIn("only in OLD: 1 (mobilenet_v3_large/b32/fp32/features.3/gone)",
                      self.compare(old, result([kernel("add", around(100))])).stdout)

    def test_a_gpu_check_is_read_too(self):
        suite = result([kernel("add", around(100))])
        self.assertEqual(self.compare({"format": 1, "gpu_check": 1, "bench": suite}, suite).returncode, 0)
        done = self.compare({"format": 1, "gpu_check": 1, "bench": None}, suite)
        self.assertEqual(done.returncode, 2)
        self.assertIn("the suite did not run", done.stderr)

    def test_bad_input(self):
        good = result([kernel("add", around(100))])
        for bad in ("", "{", "[]", "{}", result(format=9), {**good, "kernels": [1]}, {**good, "kernels": "x"}, result(),
                    {**good, "kernels": [kernel("add", around(100)) | {"name": 1}]}):
            done = self.compare(good, bad)
            self.assertEqual(done.returncode, 2, bad)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertEqual(self.run_tool("compare", "/nonexistent", "/nonexistent").returncode, 2)

    def test_options_that_would_call_everything_equal_are_refused(self):
        good = result([kernel("add", around(100))])
        for options in (["--threshold", "nan"], ["--threshold", "-1"], ["--significance", "nan"], ["--significance", "2"], ["--filter", "("]):
            done = self.compare(good, good, *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertRegex(done.stderr, f"{options[0]}: '{re.escape(options[1])}' is (not a|no) ")

    def test_missing_times(self):
        old = result([kernel("add", around(100)), {"name": "bare"}])
        done = self.compare(old, old)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("without a time: 1 (bare)", done.stdout)
