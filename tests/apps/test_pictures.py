"""What is shown as pictures: plots of runs, reports of evaluations, heat maps of predictions."""

import csv
import html.parser
import json
import struct
import xml.etree.ElementTree as xml

from program import TINY, ProgramTest, metrics, save_images, save_picture

NAMES = ['a,"b" <i>&', "犬", "n" * 500, "d"]


def png_size(path):
    data = path.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n") and data.endswith(b"IEND\xaeB`\x82"), path
    return struct.unpack(">II", data[16:24])


def texts(svg):
    return [element.text for element in xml.parse(svg).getroot().iter("{http://www.w3.org/2000/svg}text")]


class PlotTest(ProgramTest):
    def run_of(self, name, steps=40, rate=0.1):
        """A run as `train` logs it, epochs of ten steps."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        rows = []
        for step in range(1, steps + 1):
            rows.append({"kind": "step", "step": step, "epoch": (step - 1) // 10, "loss": 100 / step, "lr": rate})
            if step % 10 == 0:
                rows.append({"kind": "val", "step": step, "epoch": step // 10, "loss": 50 / step, "top1": step / 50,
                             "top5": 1, "ema_top1": None})
        (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return folder

    def test_one_run_is_drawn_beside_its_log(self):
        self.run_of("runs/a<b>&犬")
        files = self.result("plot", "runs/a<b>&犬/")["files"]
        self.assertEqual(files, ["runs/a<b>&犬/plot.png", "runs/a<b>&犬/plot.svg"])
        width, height = png_size(self.folder / files[0])
        self.assertGreater(width, 1000)
        shown = texts(self.folder / files[1])
        for text in ("runs/a<b>&犬", "loss", "accuracy", "learning rate", "training", "validation", "validation, top-1", "step"):
            self.assertIn(text, shown)

    def test_several_runs_are_drawn_together(self):
        self.run_of("a")
        self.run_of("b", steps=30)
        self.assertEqual(self.result("plot", "a", "b/metrics.jsonl", "--x", "epoch", "--smooth", 0)["files"],
                         ["plot.png", "plot.svg"])
        self.assertIn("epoch", texts(self.folder / "plot.svg"))
        done = self.run_program("plot", "a", "b", "--out", "new/both.svg")
        self.assertEqual(done.stdout_text, "new/both.svg\n")
        shown = texts(self.folder / "new/both.svg")
        self.assertLess(shown.index("a"), shown.index("b"))
        self.assertFalse((self.folder / "new/both.png").exists())

    def test_a_run_that_goes_on_or_was_killed_is_drawn(self):
        log = self.run_of("a") / "metrics.jsonl"
        whole = log.read_text()
        for end in ("", '{"kind":"st', '{"kind":"step","step":12,"epoch":1,"loss":1,"lr":1}\n'):
            log.write_text(whole + end)
            self.result("plot", "a")
        log.write_text("")
        self.result("plot", "a")
        self.assertIn("nothing yet", texts(self.folder / "a/plot.svg"))

    def test_what_cannot_be_drawn_is_said(self):
        self.refused("none.*directory of a run", "plot", "none")
        (self.folder / "notes.txt").write_text("no log\nat all\n")
        self.refused("none of its lines is one of a run's log; name the directory of a run", "plot", "notes.txt")
        self.run_of("short", steps=5)
        self.refused("short: no epoch is over", "plot", "short", "--x", "epoch")
        self.refused("--smooth", "plot", "short", "--smooth", 2, status=2)
        self.refused("short.jpg: plot writes PNG and SVG", "plot", "short", "--out", "short.jpg", status=2)
        self.refused("--width is of a network", "plot", "short", "--width", 0.5, status=2)

    def test_a_log_is_not_replaced_by_a_picture(self):
        log = self.run_of("run") / "metrics.jsonl"
        before = log.read_text()
        self.refused("name it OUT.png", "plot", log, "--views", 2, status=2)
        self.refused("name it OUT.png", "plot", "run", "--augment", "none", status=2)
        self.refused("--smooth is of the curves of runs", "plot", "a.png", "--augment", "none", "--smooth", 0, status=2)
        self.assertEqual(log.read_text(), before)

    def test_a_training_logs_what_is_drawn(self):
        save_images(self.folder / "data.safetensors", 16)
        self.result("train", *TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--max-steps", 2, "--log-every", 1,
                    "--histograms", 2, "--out", "run", "--quiet")
        for row in metrics(self.folder / "run", "step"):
            self.assertIn(row["top1"] * 8, range(9))
        (events,) = (self.folder / "run").glob("events.out.tfevents.*")
        for tag in (b"train/loss", b"train/top1", b"train/lr", b"weights/classifier.3.weight", b"gradients/classifier.3.weight"):
            self.assertIn(tag, events.read_bytes())
        self.result("plot", "run")


class ReportTest(ProgramTest):
    def setUp(self):
        super().setUp()
        save_images(self.folder / "data.safetensors", 16)
        self.result("train", *TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--max-steps", 1, "--out", "run")
        (self.folder / "labels.json").write_text(json.dumps(NAMES))
        self.evaluate = ["eval", "--weights", "run/weights.safetensors", "--data", "tensors:data.safetensors", "--labels",
                         "labels.json", "--batch-size", 6]

    def test_a_report_says_what_was_evaluated(self):
        plain = self.result(*self.evaluate)
        result = self.result(*self.evaluate, "--report", "report")
        for key in ("images", "loss", "top1", "top5"):
            self.assertEqual(result[key], plain[key])
        report = json.loads((self.folder / "report/report.json").read_text())
        self.assertEqual(report["top1"], plain["top1"])
        self.assertEqual([row["label"] for row in report["classes"]], NAMES)
        self.assertEqual([row["images"] for row in report["classes"]], [4, 4, 4, 4])
        losses = [row["loss"] for row in report["worst"]]
        self.assertEqual(len(losses), 16)
        self.assertEqual(losses, sorted(losses, reverse=True))
        self.assertAlmostEqual(sum(losses) / 16, plain["loss"], delta=1e-5 * plain["loss"])
        with open(self.folder / "report/confusion.csv", newline="") as file:
            table = list(csv.reader(file))
        self.assertEqual(table[0], ["label", *NAMES])
        self.assertEqual([row[0] for row in table[1:]], NAMES)
        counts = [[int(cell) for cell in row[1:]] for row in table[1:]]
        self.assertEqual([sum(row) for row in counts], [4, 4, 4, 4])
        self.assertEqual(sum(counts[i][i] for i in range(4)), round(16 * plain["top1"]))
        with open(self.folder / "report/classes.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["label"] for row in rows], NAMES)
        self.assertEqual([float(row["top1"]) for row in rows], [counts[i][i] / 4 for i in range(4)])
        with open(self.folder / "report/confusions.csv", newline="") as file:
            pairs = [int(row["images"]) for row in csv.DictReader(file)]
        self.assertEqual(sum(pairs), 16 - round(16 * plain["top1"]))
        self.assertIn("犬", texts(self.folder / "report/confusion.svg"))
        png_size(self.folder / "report/worst.png")

    def test_names_do_no_harm_in_the_page(self):
        self.result(*self.evaluate, "--report", "report")
        page = (self.folder / "report/index.html").read_text()
        tags, words = set(), []
        parser = html.parser.HTMLParser()
        parser.handle_starttag = lambda tag, _: tags.add(tag)
        parser.handle_data = words.append
        parser.feed(page)
        self.assertNotIn("i", tags)
        self.assertIn(NAMES[0], words)
        self.assertIn("犬", words)

    def test_a_folder_of_something_else_is_left_alone(self):
        self.result(*self.evaluate, "--report", "report")
        self.result(*self.evaluate, "--report", "report")  # an earlier report gives way
        (self.folder / "report/notes.txt").write_text("mine")
        self.refused("--report report.*notes.txt", *self.evaluate, "--report", "report", status=2)
        self.refused("--report labels.json", *self.evaluate, "--report", "labels.json", status=2)


class HeatMapTest(ProgramTest):
    def setUp(self):
        super().setUp()
        save_images(self.folder / "data.safetensors", 16)
        self.result("train", *TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--max-steps", 1, "--out", "run")
        (self.folder / "labels.json").write_text(json.dumps(NAMES))
        save_picture(self.folder / "a/x.ppm", 90, 20)
        save_picture(self.folder / "b/x.ppm", 200, 40)
        self.predict = ["predict", "--weights", "run/weights.safetensors", "--labels", "labels.json"]

    def test_each_image_gets_a_picture(self):
        done = self.run_program(*self.predict, "a/x.ppm", "b/x.ppm", "--topk", 2, "--heatmap", "maps", "--json")
        self.assertEqual(done.returncode, 0, done.stderr_text)
        rows = [json.loads(line) for line in done.stdout_text.splitlines()]
        self.assertEqual([row["heatmap"]["file"] for row in rows], ["maps/x.heatmap.png", "maps/x-2.heatmap.png"])
        for row in rows:
            png_size(self.folder / row["heatmap"]["file"])
            self.assertEqual([m["class"] for m in row["heatmap"]["maps"]], [p["class"] for p in row["top"]])
            self.assertTrue(all(value >= 0 for m in row["heatmap"]["maps"] for line in m["values"] for value in line))

    def test_a_class_is_looked_for_by_name_or_number(self):
        row = self.result(*self.predict, "--heatmap", "x.png", "--heatmap-class", "0", "--heatmap-class", "犬", "a/x.ppm")
        self.assertEqual([m["label"] for m in row["heatmap"]["maps"]], [NAMES[0], "犬"])
        self.assertEqual(row["heatmap"]["file"], "x.png")
        self.refused("no such class", *self.predict, "a/x.ppm", "--heatmap", "m", "--heatmap-class", "cat", status=2)
        self.refused("heat maps are PNG files", *self.predict, "a/x.ppm", "--heatmap", "m.jpg", status=2)
        self.refused("check the path and its permissions", *self.predict, "a/x.ppm", "--heatmap", "/proc/m")
        self.refused("one file cannot hold 2", *self.predict, "a/x.ppm", "b/x.ppm", "--heatmap", "m.png", status=2)
