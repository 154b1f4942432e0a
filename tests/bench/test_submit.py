"""What bench/submit says of results that are to be published, and of those that are."""

import copy
import json
import re
import unittest

from tools import ROOT, ToolTest, load_tool
from test_compact import SUITE, suite_result

import compact
import personal_data
import plausibility
import schema

submit = load_tool("submit")


def on_a_gpu(name="a GPU", **peaks):
    """Returns the suite's result as a GPU would give it, below its peaks; what follows from peaks follows from these."""
    document = suite_result()
    document["device"].update(name=name, type="discrete")
    document["peaks"].update({"copy_gbps": 400.0, "read_gbps": 420.0, "write_gbps": 390.0, "fp32_gflops": 9000.0, **peaks})
    return compact.expand(compact.compact(document))


def said(findings):
    return "\n".join(f"{where} {what}" for where, what in findings)


class SchemaTest(unittest.TestCase):
    def assert_fault(self, change, expected):
        document = suite_result()
        change(document)
        self.assertIn(expected, [f"{where} {what}" for where, what in schema.faults(document)])

    def test_what_the_suite_writes_is_right(self):
        self.assertEqual(list(schema.faults(suite_result())), [])

    def test_every_fault_says_where_and_what(self):
        def put(*path):
            *way, last, value = path

            def change(document):
                for step in way:
                    document = document[step]
                document[last] = value
            return change

        for change, expected in (
                (put("device", "name", 3), "device.name is 3, not a line of text"),
                (put("device", "name", "two\nlines"), "device.name is 'two\\nlines', not a line of text"),
                (put("device", "serial", "123"),
                 "device.serial is no member of a result (a newer suite's is one more row in bench/schema.py)"),
                (put("device", []), "device is [], not an object"),
                (put("noise", -0.1), "noise is -0.1, not a number that is not negative"),
                (put("noisy", "no"), "noisy is 'no', not true or false"),
                (put("peaks", "copy_gbps", 0), "peaks.copy_gbps is 0, not a positive number"),
                (put("kernels", {}), "kernels is {}, not a list"),
                (put("kernels", 3, "median_us", "7"), "kernels[3].median_us is '7', not a number that is not negative"),
                (put("kernels", 3, "times_us", 1, -1), "kernels[3].times_us[1] is -1, not a positive number"),
                (put("kernels", 3, "times_us", 1, 1e300), "kernels[3].times_us[1] is 1e+300, not a positive number"),
                (put("kernels", 3, "batch", 1.5), "kernels[3].batch is 1.5, not a whole number"),
                (put("kernels", 3, "batch", True), "kernels[3].batch is True, not a whole number"),
                (put("models", 0, "layers", 1, "us", None), "models[0].layers[1].us is None, not a number that is not negative")):
            self.assert_fault(change, expected)

    def test_what_is_missing_is_named_where_that_matters(self):
        self.assert_fault(lambda document: document["device"].pop("driver_info"), "device.driver_info is missing")
        document = suite_result()
        del document["device"]["driver_info"], document["kernels"][0]["dispatches"]
        document["kernels"][0]["clock_mhz"] = 1500
        self.assertEqual(list(schema.faults(document, strict=False)), [])


class PlausibilityTest(unittest.TestCase):
    def faults(self, document):
        self.assertEqual(list(schema.faults(document)), [])
        return said(plausibility.findings(document)[0])

    def test_a_gpu_below_its_peaks_is_fine(self):
        self.assertEqual(plausibility.findings(on_a_gpu()), ([], []))

    def test_members_that_contradict_others(self):
        for member, value, expected in (
                ("median_us", 1e6, "kernels[4].median_us is 1e+06, and the median of times_us is"),
                ("name", "resnet/b1/fp32/a/b", "does not begin with mobilenet_v3_small/b32/fp32/"),
                ("gflops", 1e6, "kernels[4].gflops is 1e+06, and by the other members"),
                ("share_bandwidth", 7.0, "kernels[4].share_bandwidth is 7, and by the other members")):
            document = on_a_gpu()
            document["kernels"][4][member] = value
            self.assertIn(expected, self.faults(document))
        document = on_a_gpu()
        document["models"][0]["images_per_second"] *= 1.1
        self.assertIn("models[0].images_per_second is", self.faults(document))
        document["kernels"].append(copy.deepcopy(document["kernels"][0]))
        self.assertIn(f"{document['kernels'][0]['name']} comes twice", self.faults(document))

    def test_no_time_has_a_reason(self):
        document = on_a_gpu()
        document["kernels"][2].update(times_us=[], median_us=0)
        self.assertIn("kernels[2] " + document["kernels"][2]["name"] + " has neither times nor a reason", self.faults(document))
        document["kernels"][2]["skipped"] = "no memory is left"
        self.assertEqual(self.faults(document), "")

    def test_no_kernel_computes_more_than_the_peak(self):
        rate = max(row["flops"] / row["median_us"] * 1e-3 for row in suite_result()["kernels"] if row["precision"] == "fp32")
        document = on_a_gpu(fp32_gflops=rate / 1.05)
        self.assertEqual(self.faults(document), "")  # as much is noise
        document = on_a_gpu(fp32_gflops=rate / 1.3)
        self.assertIn(f"reaches {rate:.3g}"[:11], self.faults(document))
        self.assertIn("1.30 times the peak", self.faults(document))

    def test_half_precision_has_a_peak_of_its_own(self):
        rates = {precision: max(row["flops"] / row["median_us"] * 1e-3 for row in suite_result()["kernels"]
                                if row["precision"] == precision) for precision in ("fp32", "fp16")}
        document = on_a_gpu(fp32_gflops=rates["fp16"] / 2)
        above = [line for line in self.faults(document).splitlines() if "/fp16/" in line]
        self.assertTrue(above)
        document["peaks"]["fp16_gflops"] = rates["fp16"] * 1.5
        self.assertEqual([line for line in self.faults(document).splitlines() if "/fp16/" in line and "share" not in line], [])

    def test_caches_serve_small_kernels_but_no_large_ones(self):
        document = on_a_gpu()
        small, large = document["kernels"][:2]
        for row, moved in ((small, 50e6), (large, 5e9)):
            us = moved / 800e9 * 1e6  # twice the peak
            row.update(bytes=moved, least_bytes=moved, flops=0, times_us=[us], median_us=us)
            for member in ("gbps", "gflops", "share_bandwidth", "share_compute"):
                del row[member]
        faults = self.faults(document)
        self.assertIn(f"kernels[1] {large['name']} moves 759 GB/s that no cache holds", faults)
        self.assertNotIn("kernels[0]", faults)
        small.update(times_us=[0.1], median_us=0.1)
        self.assertIn(f"kernels[0] {small['name']} moves 5e+05 GB/s, 1190 times the peak", self.faults(document))

    def test_peaks_of_software_devices_bound_nothing(self):
        faults, notes = plausibility.findings(suite_result())
        self.assertEqual(faults, [])
        self.assertIn("more are above the peaks, which on a software device bound nothing", said(notes))

    def test_no_peak_exceeds_its_vendors_figure(self):
        name = "AMD Radeon RX 7900 XTX (RADV NAVI31)"
        self.assertEqual(self.faults(on_a_gpu(name, copy_gbps=830.0, read_gbps=1050.0)), "")
        self.assertIn("peaks.read_gbps is 1200 GB/s, and the vendor states 960", self.faults(on_a_gpu(name, read_gbps=1200.0)))
        self.assertIn("peaks.copy_gbps is 10 % of the vendor's 960 GB/s: was the device busy?",
                      said(plausibility.findings(on_a_gpu(name, copy_gbps=100.0))[1]))

    def test_no_matrices_exceed_their_vendors_figure(self):
        name = "NVIDIA GeForce RTX 4090"
        rates = [{"kind": "int8", "shape": "16x16x32", "gops": 650000.0}, {"kind": "int8", "shape": "8x8x16", "gops": 9000.0}]
        self.assertEqual(self.faults(on_a_gpu(name, matrices=rates)), "")
        self.assertNotIn("matrices", said(plausibility.findings(on_a_gpu(name, matrices=rates))[1]))
        rates[0]["gops"] = 800000.0
        self.assertIn("peaks.matrices[0] is 8e+05 Gop/s, and the vendor states 6.606e+05 of matrix units, int8 (16x16x32)",
                      self.faults(on_a_gpu(name, matrices=rates)))

    def test_what_else_is_worth_a_word(self):
        document = on_a_gpu()
        document.update(noise=0.2, unfinished=7, failures=["submit latency: device lost"], held_by=["heat", "power"])
        document["host"]["power"] = "battery"
        document["kernels"][0]["failure"] = "3 of 16 values differ"
        notes = said(plausibility.findings(document)[1])
        for expected in ("noise is 20 %", "heat and power held the clocks down", "is a battery's",
                         "says that 7 benchmarks did not run", "of 2 benchmarks or checks: please open an issue"):
            self.assertIn(expected, notes)

    def test_a_part_is_no_result(self):
        self.assertIn("models is empty: measure with --suite and all --parts", self.faults({**on_a_gpu(), "models": []}))


class PersonalDataTest(unittest.TestCase):
    def found(self, text, where=("failures", 0), names=()):
        document = suite_result()
        document["failures"] = [""]
        place = document
        for step in where[:-1]:
            place = place[step]
        place[where[-1]] = text
        return said(personal_data.faults(document, set(names)))

    def test_nothing_is_found_in_a_result(self):
        self.assertEqual(self.found("the 456 dispatches from 'augment/augment' to 'optimizer/sgd' not done after 300 s"), "")

    def test_what_tells_who_or_where(self):
        for text, expected in (
                ("cannot open /home/jane/.cache/vkmbv3", "failures[0] holds a home folder: /home/jane/.cache/vkmbv3"),
                ("in /Users/jane", "holds a home folder: /Users/jane"),
                (r"in C:\Users\jane\x", r"holds a home folder: C:\Users\jane\x"),
                ("no /mnt/secret/data here", "holds a path: /mnt/secret/data"),
                ("mail jane@example.org", "holds an e-mail address: jane@example.org"),
                ("on 192.168.1.77", "holds an IP address: 192.168.1.77"),
                ("wlan 00:1a:2b:3c:4d:5e", "holds a MAC address: 00:1a:2b:3c:4d:5e"),
                ("GPU-6f9619ff-8b86-d011-b42d-00cf4fc964ff", "holds a UUID: 6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
                ("board, serial number 0324718012345", "holds a serial number: serial number 0324718012345")):
            self.assertIn(expected, self.found(text))

    def test_names_of_this_user_and_machine(self):
        self.assertIn("host.system holds a name of this user or machine: janes-box",
                      self.found("Linux 6.1.0-janes-box x86_64", ("host", "system"), {"janes-box"}))
        self.assertEqual(self.found("AMD EPYC", ("host", "cpu"), {"EPYC"}), "")
        self.assertEqual(self.found("Radeon", ("device", "name"), {"Radeon"}), "")

    def test_names_of_members_and_what_a_compact_form_holds_are_seen(self):
        form = json.loads(compact.to_text(compact.compact(suite_result())))
        form["tables"]["layers"].append("jane@example.org")
        self.assertIn("tables.layers", said(personal_data.faults(form, set())))
        self.assertIn("holds an e-mail address", said(personal_data.faults({"jane@example.org": 1}, set())))

    def test_versions_are_no_addresses(self):
        for version in ("535.129.03", "31.0.15.5123", "Mesa 22.3.6 (LLVM 15.0.6)", "101.5.2.1"):
            self.assertEqual(self.found(version, ("device", "driver_info")), "")

    def test_names_that_everybody_has_are_not_looked_for(self):
        self.assertTrue(all(len(name) >= 3 and name not in personal_data.EVERYBODYS for name in personal_data.own_names()))


class SubmitTest(ToolTest):
    def submit(self, *arguments):
        done = self.run_tool("submit", *arguments)
        return done.returncode, done.stdout + done.stderr

    def test_a_result_that_is_fine(self):
        status, out = self.submit(self.write("mine.json", on_a_gpu("GeForce Something (TM)")))
        self.assertEqual(status, 0, out)
        for expected in ("nothing is wrong: GeForce Something (TM), llvmpipe Mesa", "--as geforce-something-tm",
                         "bench/results/geforce-something-tm.json", "pull request"):
            self.assertIn(expected, out)

    def test_its_compact_form_is_written_and_is_fine_itself(self):
        path = self.write("mine.json", on_a_gpu())
        status, out = self.submit(path, "--as", "a-gpu", "--to", self.folder)
        self.assertEqual(status, 0, out)
        written = self.folder / "a-gpu.json"
        self.assertIn("compact", json.loads(written.read_text(encoding="utf-8")))
        status, out = self.submit(written, "--as", "a-gpu", "--to", self.folder)
        self.assertEqual(status, 0, out)

    def test_a_file_of_another_device_is_not_replaced(self):
        self.write("a-gpu.json", on_a_gpu("another GPU"))
        before = (self.folder / "a-gpu.json").read_bytes()
        status, out = self.submit(self.write("mine.json", on_a_gpu()), "--as", "a-gpu", "--to", self.folder)
        self.assertEqual(status, 2)
        self.assertIn("is of another device, another GPU: choose another --as", out)
        self.assertEqual((self.folder / "a-gpu.json").read_bytes(), before)

    def test_what_is_wrong_ends_with_1_and_writes_nothing(self):
        document = on_a_gpu()
        document["kernels"][0]["median_us"] = -3
        status, out = self.submit(self.write("mine.json", document), "--as", "a-gpu", "--to", self.folder)
        self.assertEqual(status, 1)
        self.assertIn("mine.json: error: kernels[0].median_us is -3, not a number that is not negative", out)
        self.assertFalse((self.folder / "a-gpu.json").exists())

    def test_many_findings_are_counted(self):
        document = on_a_gpu()
        for row in document["kernels"][:30]:
            row["median_us"] = -3
        self.assertIn("error: and 10 more", self.submit(self.write("mine.json", document))[1])

    def test_what_is_no_result_ends_with_2(self):
        for text in ("", "[]", '{"format": 1}', json.dumps({**suite_result(), "format": 7})):
            status, out = self.submit(self.write("mine.json", text), SUITE)
            self.assertEqual(status, 2)
            self.assertIn("nothing is wrong: llvmpipe", out)  # the others are checked all the same
        self.assertEqual(self.submit(SUITE, "--as", "../x")[0], 2)
        self.assertEqual(self.submit(self.folder / "none.json")[0], 2)

    def test_a_compact_form_holds_what_submit_writes_and_nothing_else(self):
        form = json.loads(compact.to_text(compact.compact(on_a_gpu())))
        form["tables"]["layers"].append("a text that no row needs")
        checked = submit.Checked(self.write("c.json", form))
        self.assertIn("compact is not the form that bench/submit writes", said(checked.faults))

    def test_more_than_300_kb_is_too_much(self):
        document = on_a_gpu()
        document["kernels"] = [dict(row, name=re.sub(r"/(features|optimizer)", rf"/layer{i}.\1", row["name"]),
                                    layer=f"layer{i}.{row['layer']}") for i in range(200) for row in document["kernels"]]
        self.assertRegex(said(submit.Checked(self.write("mine.json", document)).faults),
                         r"its compact form has [\d,]+ bytes, and 300,000 are allowed: measure fewer batch sizes")

    def test_a_gpu_check_is_taken_too(self):
        self.assertEqual(self.submit(self.write("check.json", {"format": 1, "gpu_check": 1, "bench": on_a_gpu()}))[0], 0)


class CommittedTest(ToolTest):
    def test_every_committed_result_could_be_submitted(self):
        for path in sorted((ROOT / "bench/results").glob("*")):
            with self.subTest(path.name):
                self.assertEqual(path.suffix, ".json")
                self.assertLessEqual(path.stat().st_size, submit.LARGEST)
                checked = submit.Checked(path)
                self.assertEqual(said(checked.faults), "")
                self.assertIn("compact", checked.raw)
