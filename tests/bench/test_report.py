import re
import unittest
import xml.etree.ElementTree as xml

from tools import ROOT, ToolTest, around, kernel, layer, model, result

import roofline

SVG = "{http://www.w3.org/2000/svg}"


def full_result(**more):
    layers = [layer("features.0", "convolution", 300), layer("features.1", "depthwise", 500, roof="compute"),
              layer("features.2", "depthwise", 100)]
    kernels = [kernel("depthwise", around(100)), kernel("pointwise", around(30), precision="fp16"), kernel("copy", around(9), flops=0)]
    return result(kernels, [model(layers=layers), model("inference")], **more)


class ReportTest(ToolTest):
    def test_tables_of_one_result(self):
        done = self.run_tool("report", self.write("r.json", full_result()))
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [re.split(r"  +", line.strip()) for line in done.stdout.splitlines()]
        self.assertIn(["features.1", "depthwise", "500 µs", "50.0 %", "4 MB", "2 MB", "2.00", "300 M", "compute"], rows)
        self.assertIn(["depthwise", "2", "600 µs", "60.0 %", "8 MB", "4 MB", "2.00", "600 M", "compute"], rows)
        self.assertIn(["mobilenet_v3_large", "fp32", "32", "training", "1 ms", "900 µs", "10.0 %", "32,000"], rows)
        self.assertIn(["copy bandwidth", "400 GB/s", "-", "-"], rows)

    def test_peaks_stand_beside_the_vendors_figures(self):
        path = self.write("r.json", full_result(device="AMD Radeon RX 7900 XTX (RADV NAVI31)"))
        self.assertRegex(self.run_tool("report", path).stdout, r"copy bandwidth +400 GB/s +960 GB/s +41\.7 %")

    def test_matrix_units_are_a_peak_of_a_shape_or_absent_for_a_reason(self):
        document = full_result()
        document["peaks"].update(matrix_gflops=90000.0, matrix_shape="16x16x16")
        out = self.run_tool("report", self.write("r.json", document)).stdout
        self.assertRegex(out, r"matrix units, fp16 \(16x16x16\) +90,000 GFLOP/s")
        self.assertIn("matrix units, fp16 90 TFLOP/s", roofline.svg("a device", document))
        document["peaks"] = {"copy_gbps": 400.0, "matrix_absent": "the driver has none"}
        out = self.run_tool("report", self.write("r.json", document)).stdout
        self.assertIn("matrix units not measured: the driver has none", out)
        self.assertNotIn("16x16x16", out)

    def test_matrices_of_every_kind_and_shape_stand_beside_their_figures(self):
        document = full_result(device="NVIDIA GeForce RTX 4090")
        document["peaks"].update(matrix_gflops=160000.0, matrix_shape="16x16x16", matrices=[
            {"kind": "fp16", "shape": "16x16x16", "gops": 160000.0}, {"kind": "fp16", "shape": "16x8x16", "gops": 150000.0},
            {"kind": "int8", "shape": "16x16x32", "gops": 330300.0}, {"kind": "fp8", "shape": "16x16x32", "absent": "wrong"},
            {"kind": "int4", "shape": "16x16x64", "gops": 9.0}])
        document["peaks"]["absent"] = [{"name": "int8_dot", "why": "the driver has none"}]
        out = self.run_tool("report", self.write("r.json", document)).stdout
        self.assertEqual(out.count("matrix units, fp16 (16x16x16)"), 1)
        self.assertRegex(out, r"matrix units, fp16 \(16x8x16\) +150,000 GFLOP/s +165,200 GFLOP/s +90\.8 %")
        self.assertRegex(out, r"matrix units, int8 \(16x16x32\) +330,300 Gop/s +660,600 Gop/s +50\.0 %")
        self.assertNotIn("matrix units, fp8", out)
        self.assertRegex(out, r"matrix units, int4 \(16x16x64\) +9 Gop/s +- +-")  # of a newer suite
        self.assertIn("int8 dot not measured: the driver has none", out)

    def test_reads_that_caches_serve_are_a_table(self):
        document = full_result()
        document["peaks"]["cached_reads"] = [{"bytes": 1 << 20, "gbps": 900.0}, {"bytes": 4096, "gbps": 3000.0}]
        path = self.write("r.json", document)
        self.assertRegex(self.run_tool("report", path).stdout, r"4 KiB +3,000 GB/s\n1 MiB +900 GB/s")
        self.run_tool("report", "--devices", path, "--out", self.folder / "devices.md")
        self.assertIn("| 4 KiB | 3,000 GB/s |", (self.folder / "devices.md").read_text(encoding="utf-8"))

    def test_members_may_be_missing(self):
        bare = {"format": 1, "device": {}, "kernels": [{"name": "k"}], "models": [{"name": "m", "layers": [{}]}]}
        path = self.write("r.json", bare)
        self.assertEqual(self.run_tool("report", path).returncode, 0)
        self.assertEqual(self.run_tool("report", "--devices", path, "--out", self.folder / "devices.md").returncode, 0)

    def test_noise_is_said(self):
        self.assertIn("noisy machine", self.run_tool("report", self.write("r.json", full_result(noisy=True))).stdout)

    def test_bad_input(self):
        self.assertEqual(self.run_tool("report", self.write("r.json", "[]")).returncode, 2)
        self.assertEqual(self.run_tool("report").returncode, 2)

    def test_options_without_effect_and_filters_that_find_nothing_are_refused(self):
        path = self.write("r.json", full_result())
        for options, said in ((["--filter", "nothing"], "no name that --filter finds"), (["--filter", "("], "no regular expression"),
                              (["--check"], "--check is an option of --devices and --page"), (["--out", "a.md"], "--out is an option of --devices"),
                              (["--page", self.folder / "a.html", "--filter", "a"], "--filter is an option of one result")):
            done = self.run_tool("report", path, *options)
            self.assertEqual(done.returncode, 2, options)
            self.assertIn(said, done.stderr)


class DevicesTest(ToolTest):
    def devices(self, *options):
        return self.run_tool("report", "--devices", *sorted(self.folder.glob("*.json")), "--out", self.folder / "docs/devices.md",
                             *options)

    def test_page_and_pictures(self):
        self.write("one.json", full_result(device="the first"))
        self.write("two.json", full_result(device="the second"))
        self.assertEqual(self.devices().returncode, 0)
        page = (self.folder / "docs/devices.md").read_text(encoding="utf-8")
        for expected in ("## the first", "## the second", "images/roofline-one.svg", "32,000 images/s, batch 32"):
            self.assertIn(expected, page)
        self.assertTrue((self.folder / "docs/images/roofline-two.svg").is_file())
        self.assertEqual(self.devices("--check").returncode, 0)

    def test_check_sees_changes(self):
        self.write("one.json", full_result())
        self.assertEqual(self.devices("--check").returncode, 1)
        self.devices()
        self.write("one.json", full_result(device="renamed"))
        done = self.devices("--check")
        self.assertEqual(done.returncode, 1)
        self.assertIn("devices.md is not what the results give", done.stderr)

    def test_pictures_of_removed_devices_go(self):
        self.write("one.json", full_result())
        self.write("two.json", full_result())
        self.devices()
        (self.folder / "two.json").unlink()
        self.assertEqual(self.devices("--check").returncode, 1)
        self.devices()
        self.assertFalse((self.folder / "docs/images/roofline-two.svg").exists())

    def test_predictions_are_a_table(self):
        work = {"images_per_second": 5170.0, "bound": "memory", "dispatches": 424, "barriers": 345, "least_subgroups": 19.9}
        row = {"device": "a <GPU>", "class": "wide", "processors": 82, "known": False, "training": work,
               "inference": {"images_per_second": 900.0, "bound": "launch", "dispatches": 65, "barriers": 60}}
        self.write("one.json", full_result())
        predictions = self.write("said/predictions.json", {"a-gpu": row})
        self.assertEqual(self.devices("--predictions", predictions).returncode, 0)
        self.assertIn("| a &#60;GPU&#62; (a-gpu) | wide | 82 | ~5,170 images/s | memory | 19.9 | 424 | 345 "
                      "| ~900 images/s | launch | 65 | 60 |", (self.folder / "docs/devices.md").read_text(encoding="utf-8"))

    def test_committed_page_is_what_the_committed_results_give(self):
        if not list((ROOT / "bench/results").glob("*.json")):
            raise unittest.SkipTest("no results are committed")
        done = self.run_tool("report", "--devices", "--check")
        self.assertEqual(done.returncode, 0, done.stderr)


class RooflineTest(unittest.TestCase):
    def test_picture_is_well_formed_and_everything_is_inside(self):
        kernels = [kernel("depthwise", [10.0**i], flops=1e8 / i, bytes=1e5 * 3.0**i) for i in range(1, 8)]
        root = xml.fromstring(roofline.svg("a <device> & more", result(kernels)))
        circles = list(root.iter(SVG + "circle"))
        self.assertEqual(len(circles), 7 + 1)  # the legend has one
        for circle in circles:
            self.assertTrue(0 < float(circle.get("cx")) < roofline.WIDTH and 0 < float(circle.get("cy")) < roofline.HEIGHT)
        for path in root.iter(SVG + "path"):
            self.assertTrue(all(0 <= float(number) <= roofline.WIDTH for number in re.findall(r"[\d.]+", path.get("d"))))

    def test_kernel_on_the_roofs_lies_on_the_lines(self):
        # 400 GB/s and 10 TFLOP/s meet at 25 FLOPs per byte: this kernel is right there.
        document = result([kernel("pointwise", [1.0], flops=1e7, bytes=4e5)])
        root = xml.fromstring(roofline.svg("device", document))
        point = next(circle for circle in root.iter(SVG + "circle") if circle.get("r") == "3.2")
        slope = re.findall(r"[\d.]+", next(root.iter(SVG + "path")).get("d"))
        self.assertEqual([point.get("cx"), point.get("cy")], slope[2:])

    def test_nothing_to_draw(self):
        self.assertIsNone(roofline.svg("device", result([kernel("copy", [1.0], flops=0)])))

    def test_families(self):
        names = [roofline.FAMILIES[roofline.family(operator)][0] for operator in
                 ("pointwise_weight_grad", "depthwise", "convolution_input_grad", "batch_norm_sums", "channel_scale", "add")]
        self.assertEqual(names, ["pointwise", "depthwise", "convolution", "batch norm", "squeeze-excite", "other"])
