"""Augmentation by the command line: what is drawn, recorded, refused and shown."""

import random

import program
from program import TINY, ProgramTest

EVERYTHING = ("--augment", "random-resized-crop", "--scale", "0.2,1", "--train-interpolation", "random", "--vflip", 0.5,
              "--aa", "rand-m9-mstd0.5-inc1", "--reprob", 0.5, "--remode", "pixel", "--recount", 2, "--repeated-aug", 2)


class AugmentationTest(ProgramTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(3)
        for split, count in (("train", 12), ("val", 4)):
            for i in range(count):
                path = self.folder / "images" / split / f"class{i % 4}" / f"{i}.ppm"
                path.parent.mkdir(parents=True, exist_ok=True)
                height, width = 9 + 5 * (i % 3), 40 - 3 * i
                path.write_bytes(b"P6 %d %d 255\n" % (width, height) + draw.randbytes(3 * height * width))

    def train(self, *more):
        return self.result("train", *program.merged(*TINY, "--data", "imagefolder:images", "--batch-size", 4, "--epochs", 2,
                                                    "--lr", 0.01, "--log-every", 1, *more))

    def refused(self, *options):
        result = self.run_program("train", *TINY, "--data", "imagefolder:images", "--batch-size", 4, *options)
        self.assertEqual(result.returncode, 2, result.stderr_text)
        return result.stderr_text

    def test_what_is_drawn_depends_neither_on_workers_nor_on_a_break(self):
        self.train(*EVERYTHING, "--workers", 1, "--out", "run")
        config = (self.folder / "run/config.yaml").read_text()
        for line in ("augment: random-resized-crop", "scale: 0.2,1", "aa: rand-m9-mstd0.5-inc1", "remode: pixel",
                     "repeated-aug: 2", "hflip: 0.5", "train-interpolation: random"):
            self.assertIn(line, config)
        self.train(*EVERYTHING, "--workers", 3, "--max-steps", 4, "--out", "parts")
        self.result("train", "--resume", "parts", "--max-steps", 100)
        self.assertEqual([line for line in self.stderr_text.splitlines() if "changed" in line], ["changed: max-steps 100 (was 4)"])
        self.assertEqual(program.metrics(self.folder / "parts"), program.metrics(self.folder / "run"))
        for name in ("data_wait", "images_per_second"):
            self.assertIn(f'"{name}":', (self.folder / "run/metrics.jsonl").read_text())

    def test_what_does_not_fit_together_is_refused(self):
        self.assertIn("did you mean 'rand'?", self.refused("--aa", "rant-m9"))
        self.assertIn("did you mean 'crop-pad4'?", self.refused("--augment", "crop-pad"))
        self.assertIn("use it with --augment random-resized-crop", self.refused("--augment", "crop-pad4", "--scale", "0.1,1"))
        self.assertIn("leave one of them away", self.refused("--no-augment", "--reprob", 0.1))
        self.assertIn("the smaller one first", self.refused("--augment", "random-resized-crop", "--ratio", "2,1"))
        self.assertIn("use const, rand or pixel", self.refused("--reprob", 0.1, "--remode", "black"))
        self.assertIn("hue is at most 0.5", self.refused("--color-jitter", "0.4,0.4,0.4,0.6"))

    def test_what_is_off_goes_with_no_augmentation(self):
        self.train("--no-augment", "--hflip", 0, "--aa", "none", "--color-jitter", 0, "--reprob", 0, "--max-steps", 1, "--out", "run")
        self.assertIn("leave one of them away", self.refused("--no-augment", "--hflip", 0.5))

    def test_a_run_may_go_on_with_less(self):
        """What hangs on the choice is in the run's config.yaml, from where nobody can take it back."""
        self.train("--augment", "crop-pad4", "--hflip", 0.3, "--reprob", 0.2, "--remode", "pixel", "--max-steps", 1, "--out", "run")
        self.result("train", "--resume", "run", "--reprob", 0, "--max-steps", 2)
        self.assertIn("no remode (was pixel)", self.stderr_text)
        self.result("train", "--resume", "run", "--augment", "none", "--max-steps", 3)
        self.assertIn("augment none (was crop-pad4)", self.stderr_text)
        self.assertIn("no hflip (was 0.3)", self.stderr_text)

    def test_jitter_beside_a_policy_is_said_to_have_no_effect(self):
        self.train("--color-jitter", 0.4, "--aa", "ta_wide", "--max-steps", 1, "--out", "run")
        self.assertIn("--color-jitter has no effect beside --aa ta_wide", self.stderr_text)

    def test_tensors_are_said_to_be_left_alone(self):
        program.save_images(self.folder / "data.safetensors", 8)
        options = program.merged(*TINY, "--data", "tensors:data.safetensors", "--batch-size", 4, "--max-steps", 1, "--hflip", 0.5, "--repeated-aug", 2)
        self.result("train", *options, "--out", "run")
        self.assertIn("tensors are never augmented: no effect have --hflip\n", self.stderr_text)
        self.result("train", *options, "--augment", "crop-pad4", "--aa", "ra", "--out", "other")
        self.assertIn("no effect have --augment, --hflip, --aa\n", self.stderr_text)

    def test_tensorboard_shows_what_the_network_sees_of_every_epoch(self):
        self.train(*EVERYTHING, "--mixup", 0.2, "--out", "run")
        self.train(*EVERYTHING, "--mixup", 0.2, "--tensorboard-images", 3, "--max-steps", 4, "--out", "shown")
        self.result("train", "--resume", "shown", "--max-steps", 100)
        events = b"".join(path.read_bytes() for path in sorted((self.folder / "shown").glob("events.*")))
        self.assertEqual(events.count(b"\x89PNG"), 2 * 3)
        for number in range(3):
            self.assertEqual(events.count(b"images/%d" % number), 2)
        pictures = {part.split(b"IEND")[0] for part in events.split(b"\x89PNG")[1:]}
        self.assertEqual(len(pictures), 6)
        self.assertEqual(program.metrics(self.folder / "shown"), program.metrics(self.folder / "run"))
        for name in ("weights.safetensors", "checkpoint/state.safetensors"):
            self.assertEqual((self.folder / "shown" / name).read_bytes(), (self.folder / "run" / name).read_bytes(), name)

    def test_a_sheet_shows_what_the_network_will_see(self):
        options = ("--input-size", 16, "--data", "imagefolder:images", "--images", 2, "--views", 2)
        shown = self.run_program("plot", "--augment", "random-resized-crop", "--aa", "ra", *options, "sheet.png")
        self.assertEqual(shown.returncode, 0, shown.stderr_text)
        self.assertTrue((self.folder / "sheet.png").read_bytes().startswith(b"\x89PNG"))
