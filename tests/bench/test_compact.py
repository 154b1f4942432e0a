"""The compact form of results. suite_result.json is what the suite wrote, of a few kernels and layers on lavapipe."""

import copy
import json
import pathlib
import unittest

from tools import ToolTest

import compact
import measurements
import standing

SUITE = pathlib.Path(__file__).with_name("suite_result.json")
HALF_A_DIGIT = 5.01e-4  # of four digits
SIX_DIGITS = 1e-5


def suite_result():
    return json.loads(SUITE.read_text(encoding="utf-8"))


def through_text(document):
    """Returns a document as it is read back from its compact form."""
    return compact.expand(json.loads(compact.to_text(compact.compact(document))))


def named(rows):
    return {row["name"]: row for row in rows}


def at_batch(row, batch):
    """Returns a kernel of batch 1 as it would be in a larger batch, with work of its own that does not grow: 1000 bytes."""
    row = copy.deepcopy(row)
    row["flops"] *= batch
    for member in ("bytes", "least_bytes"):
        row[member] = (row[member] - 1000) * batch + 1000
    row.update(batch=batch, name=row["name"].replace("/b1/", f"/b{batch}/"), shapes=f"{batch}x7x7x8 x 1x1x8x8 -> {batch}x7x7x8")
    return row


class CompactTest(unittest.TestCase):
    def assert_near(self, value, expected, share, what):
        self.assertLessEqual(abs(value - expected), share * abs(expected), what)

    def test_rows_come_back_with_the_digits_that_are_promised(self):
        document = suite_result()
        kernels = named(through_text(document)["kernels"])
        self.assertEqual(kernels.keys(), named(document["kernels"]).keys())
        for row in document["kernels"]:
            back = kernels[row["name"]]
            for member in ("model", "batch", "precision", "layer", "operator", "shapes", "kernels", "dispatches", "roof"):
                self.assertEqual(back[member], row[member], row["name"])
            for member in ("flops", "bytes", "least_bytes"):
                self.assert_near(back[member], row[member], SIX_DIGITS, row["name"])
            for member in ("median_us", "gbps", "gflops", "share_bandwidth", "share_compute"):
                self.assert_near(back[member], row[member], HALF_A_DIGIT, row["name"])
            self.assertEqual(len(back["times_us"]), len(row["times_us"]))
            for time, expected in zip(back["times_us"], row["times_us"]):
                self.assertLessEqual(abs(time - expected), 1.1e-3 * row["median_us"])

    def test_networks_and_their_layers_come_back(self):
        document = suite_result()
        models = named(through_text(document)["models"])
        for row in document["models"]:
            back = models[row["name"]]
            for member in ("wall_us", "kernels_us", "device_us", "median_wall_us", "input_size", "mode"):
                self.assertEqual(back[member], row[member])
            self.assert_near(back["images_per_second"], row["images_per_second"], SIX_DIGITS, row["name"])
            self.assertEqual(len(back["layers"]), len(row["layers"]))
            for layer, expected in zip(back["layers"], row["layers"]):
                for member in ("layer", "operator", "roof"):
                    self.assertEqual(layer[member], expected[member])
                for member in ("us", "share", "share_bandwidth", "gbps"):
                    self.assert_near(layer[member], expected[member], HALF_A_DIGIT, expected["layer"])

    def test_it_is_a_small_part_of_what_the_suite_writes(self):
        document = suite_result()
        self.assertLess(len(compact.to_text(compact.compact(document))), len(SUITE.read_text(encoding="utf-8")) / 3)

    def test_compacting_what_was_compact_changes_nothing(self):
        once = json.loads(compact.to_text(compact.compact(suite_result())))
        self.assertEqual(json.loads(compact.to_text(compact.compact(compact.expand(once)))), once)

    def test_checks_are_counted(self):
        document = suite_result()
        checked = compact.compact(document)["checked"]
        errors = [row["max_error"] for row in document["kernels"]]
        self.assertEqual(checked, {"kernels": len(errors), "max_error": max(errors)})

    def test_work_along_a_line_over_three_batches_is_one_node(self):
        document = suite_result()
        one = next(row for row in document["kernels"] if row["batch"] == 1 and row["flops"] > 0)
        document["kernels"] = [at_batch(one, batch) for batch in (256, 32, 1)]
        form = compact.compact(document)
        self.assertEqual(len(form["kernels"][0]["layer"]), 1)
        self.assertEqual(form["tables"]["shapes"], ["Nx7x7x8 x 1x1x8x8 -> Nx7x7x8"])
        back = named(through_text(document)["kernels"])
        for row in document["kernels"]:
            self.assertEqual(back[row["name"]]["shapes"], row["shapes"])
            self.assert_near(back[row["name"]]["bytes"], row["bytes"], SIX_DIGITS, row["name"])

    def test_work_on_no_line_is_kept_as_it_is(self):
        document = suite_result()
        one = next(row for row in document["kernels"] if row["batch"] == 1)
        document["kernels"] = [at_batch(one, batch) for batch in (256, 32, 1)]
        document["kernels"][1]["bytes"] *= 1.25
        document["kernels"][2]["dispatches"] += 1
        back = named(through_text(document)["kernels"])
        for row in document["kernels"]:
            self.assert_near(back[row["name"]]["bytes"], row["bytes"], SIX_DIGITS, row["name"])
            self.assertEqual(back[row["name"]]["dispatches"], row["dispatches"])

    def test_work_on_matrix_units(self):
        document = suite_result()
        document["peaks"]["matrix_gflops"] = 900.0
        document["kernels"] = [dict(row, matrix_flops=row["flops"] / 2) for row in document["kernels"] if row["flops"] > 0]
        back = named(through_text(document)["kernels"])
        for row in document["kernels"]:
            self.assert_near(back[row["name"]]["matrix_flops"], row["matrix_flops"], SIX_DIGITS, row["name"])
            self.assertLess(back[row["name"]]["share_compute"], row["share_compute"])

    def test_kernels_that_failed_or_did_not_fit(self):
        document = suite_result()
        document["kernels"][0].update(times_us=[], median_us=0, failure="3 of 16 values differ")
        document["kernels"][1].update(failure="wrong, but timed")
        document["kernels"][2].update(times_us=[], median_us=0, skipped="no memory is left")
        back = named(through_text(document)["kernels"])
        first, second, third = (back[row["name"]] for row in document["kernels"][:3])
        self.assertEqual((first["times_us"], first["median_us"], first["failure"]), ([], 0, "3 of 16 values differ"))
        self.assertEqual(second["failure"], "wrong, but timed")
        self.assertGreater(second["median_us"], 0)
        self.assertEqual(third["skipped"], "no memory is left")

    def test_layers_are_kept_at_the_smallest_and_the_largest_batch(self):
        document = suite_result()
        training = [row for row in document["models"] if row["mode"] == "training"]
        middle = dict(copy.deepcopy(training[0]), batch=8, name=training[0]["name"].replace("/b32/", "/b8/"))
        document["models"].append(middle)
        back = named(through_text(document)["models"])
        self.assertEqual(back[middle["name"]]["layers"], [])
        self.assertEqual(back[middle["name"]]["wall_us"], middle["wall_us"])
        for row in training:
            self.assertEqual(len(back[row["name"]]["layers"]), len(row["layers"]))

    def test_a_layer_that_does_an_operator_twice(self):
        document = suite_result()
        document["models"][0]["layers"].append(dict(document["models"][0]["layers"][0], us=1.5))
        self.assertEqual(through_text(document)["models"][0]["layers"][-1]["us"], 1.5)

    def test_members_of_rows_that_are_not_known_here_stay(self):
        document = suite_result()
        document["kernels"][0]["clock_mhz"] = 1500
        document["energy"] = {"joules": 3}
        back = through_text(document)
        self.assertEqual(named(back["kernels"])[document["kernels"][0]["name"]]["clock_mhz"], 1500)
        self.assertEqual(back["energy"], {"joules": 3})


class StandingTest(unittest.TestCase):
    def test_it_is_the_suites_own(self):
        document = suite_result()
        layers = [dict(layer, precision=model["precision"], median_us=layer["us"])
                  for model in document["models"] for layer in model["layers"]]
        for row in document["kernels"] + layers:
            expected = standing.standing(row, row["median_us"], document["peaks"], row["precision"])
            self.assertEqual(row["roof"], expected.pop("roof"))
            for member, value in expected.items():
                self.assertLessEqual(abs(row[member] - value), SIX_DIGITS * abs(value), (member, row))

    def test_without_roofs_there_is_none(self):
        self.assertEqual(standing.standing({"least_bytes": 1, "flops": 1, "dispatches": 1}, 1, {"copy_gbps": 3}, "fp32"), {})


class ReadingTest(ToolTest):
    def test_tools_read_it_as_they_read_the_suites_own(self):
        path = self.write("c.json", compact.to_text(compact.compact(suite_result())))
        self.assertEqual(named(measurements.load(path)["kernels"]).keys(), named(suite_result()["kernels"]).keys())
        self.assertEqual(self.run_tool("report", path).returncode, 0)
        self.assertIn("equal within", self.run_tool("compare", path, SUITE).stdout)

    def test_damaged_forms_are_refused_by_name(self):
        def damaged(change):
            form = json.loads(compact.to_text(compact.compact(suite_result())))
            change(form)
            return form

        for change, said in (
                (lambda form: form.update(compact=2), "its compact form is 2, and only 1 is known here"),
                (lambda form: form.pop("tables"), "its compact form is damaged (KeyError: 'tables')"),
                (lambda form: form["kernels"][0]["layer"].__setitem__(0, 999), "there is no 999 in the table of layers"),
                (lambda form: form["kernels"][0]["layer"].__setitem__(0, -1), "there is no -1 in the table of layers"),
                (lambda form: form["kernels"][0]["work"].pop(), "work is no list of"),
                (lambda form: form["kernels"][0]["batches"]["32"]["us"].pop(), "us is no list of"),
                (lambda form: form["kernels"][0].update(batches=3), "its compact form is damaged"),
                (lambda form: form["kernels"][0]["batches"].update(x={}), "its compact form is damaged"),
                (lambda form: form["tables"]["work"].__setitem__(0, "words"), "its compact form is damaged")):
            self.assert_refused(damaged(change), said)

    def assert_refused(self, document, said):
        with self.assertRaises(measurements.BadInput) as refused:
            measurements.load(self.write("r.json", document))
        self.assertIn(said, str(refused.exception))
        self.assertEqual(len(str(refused.exception).splitlines()), 1)

    def test_other_formats_are_refused_by_name(self):
        self.assert_refused(dict(suite_result(), format=2), "has format 2, and only format 1 is known here")

    def test_numbers_that_are_none(self):
        for text in ("NaN", "Infinity", "-Infinity"):
            self.assert_refused(f'{{"format": 1, "device": {{}}, "noise": {text}}}', f"{text} is no number of JSON")

    def test_deep_nesting_is_no_crash(self):
        self.assert_refused("[" * 100_000, "is no JSON")
