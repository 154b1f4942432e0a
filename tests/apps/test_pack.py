"""Data packed into one file train as the files that they were packed from."""

import random
import signal
import time

import program
from program import TINY, ProgramTest, metrics


class PackTest(ProgramTest):
    def setUp(self):
        super().setUp()
        draw = random.Random(3)
        for split, count in (("train", 26), ("val", 7)):
            for i in range(count):
                path = self.folder / "images" / split / f"class{i % 4}" / f"{i}.ppm"
                path.parent.mkdir(parents=True, exist_ok=True)
                height, width = 17 + 5 * (i % 3), 60 - i
                path.write_bytes(b"P6 %d %d 255\n" % (width, height) + draw.randbytes(3 * height * width))

    def pack(self, *more, data="imagefolder:images", out="images.pack"):
        return self.result("pack", data, out, *more)

    def train(self, data, *more):
        return self.result("train", *program.merged(*TINY, "--data", data, "--batch-size", 8, "--epochs", 2, "--lr", 0.02,
                                                    "--augment", "random-resized-crop", "--log-every", 1, *more))

    def same(self, run, other, *more):
        self.assertEqual(metrics(self.folder / run), metrics(self.folder / other))
        for name in ("weights.safetensors", "best.safetensors", *more):
            self.assertEqual((self.folder / run / name).read_bytes(), (self.folder / other / name).read_bytes(), name)

    def flip(self, place, file="images.pack"):
        """Returns the bytes that were there before."""
        before = (self.folder / file).read_bytes()
        place %= len(before)
        (self.folder / file).write_bytes(before[:place] + bytes([before[place] ^ 1]) + before[place + 1:])
        return before

    def test_training_and_evaluation_have_the_same_bits_as_from_files(self):
        self.train("imagefolder:images", "--out", "files")
        expected = self.result("eval", "--weights", "files/best.safetensors", "--data", "imagefolder:images")
        for keep in "jpeg", "raw":
            with self.subTest(keep=keep):
                packed = self.pack("--keep", keep, out=f"{keep}.pack")
                self.assertEqual((packed["images"], packed["unreadable_images"]), (33, 0))
                self.assertEqual(packed["bytes"], (self.folder / f"{keep}.pack").stat().st_size)
                self.train(f"pack:{keep}.pack", "--out", keep)
                self.same(keep, "files")
                result = self.result("eval", "--weights", "files/best.safetensors", "--data", f"pack:{keep}.pack")
                for name in ("images", "loss", "top1", "top5"):
                    self.assertEqual(result[name], expected[name], name)
        shown = self.run_program("plot", "--augment", "none", "--input-size", 16, "--data", "pack:raw.pack", "--images", 2, "--views", 1, "sheet.png")
        self.assertEqual(shown.returncode, 0, shown.stderr_text)

    def test_images_are_shuffled_in_windows_also_by_a_run_that_goes_on(self):
        self.pack("--short-side", 16, "--keep", "raw")
        windows = ("--shuffle-window", 5, "--epochs", 3)
        self.train("pack:images.pack", *windows, "--workers", 1, "--out", "whole")
        self.train("pack:images.pack", *windows, "--workers", 3, "--max-steps", 4, "--out", "parts")
        self.assertIn("\nshuffle-window: 5\n", (self.folder / "parts/config.yaml").read_text())
        self.refused("was written with shuffle window 5 and this run has 26", "train", "--resume", "parts", "--shuffle-window", 100)
        self.result("train", "--resume", "parts", "--max-steps", 100)
        self.same("parts", "whole", "checkpoint/state.safetensors")
        self.train("pack:images.pack", "--epochs", 3, "--out", "one-window")
        self.assertNotEqual(metrics(self.folder / "one-window"), metrics(self.folder / "whole"))

    def test_a_flipped_byte_costs_one_image(self):
        self.pack("--keep", "raw")
        self.flip(64)  # of the first record
        result = self.train("pack:images.pack", "--out", "run")
        self.assertEqual((result["steps"], result["unreadable_images"]), (6, 1))
        self.assertRegex(self.stderr_text, r"images\.pack/class\d/\d+\.ppm: its record is damaged: copy it again")
        self.assertIn("1 images could not be read", self.stderr_text)

    def test_a_damaged_file_is_refused_and_what_to_do_is_said(self):
        self.pack()
        again = "copy it again, or pack the images anew with `vkmbv3 pack SPEC FILE`"
        before = self.flip(-1)
        self.refused(f"images.pack: its index is damaged: {again}", "train", *TINY, "--data", "pack:images.pack")
        (self.folder / "images.pack").write_bytes(before)
        self.flip(20)
        self.refused(f"images.pack: its header is damaged: {again}", "train", *TINY, "--data", "pack:images.pack")
        for length in (30, len(before) // 2, len(before) - 1):
            (self.folder / "images.pack").write_bytes(before[:length])
            self.refused(f"images.pack: is cut off .*{again}", "train", *TINY, "--data", "pack:images.pack")
        self.refused("other.pack: cannot be read: No such file", "train", *TINY, "--data", "pack:other.pack")
        (self.folder / "other.pack").write_bytes(b"something else")
        self.refused("other.pack: is no pack file: write one with", "train", *TINY, "--data", "pack:other.pack")
        self.refused("other.pack: is there and is no pack file", "pack", "imagefolder:images", "other.pack")

    def test_what_cannot_be_packed_is_refused(self):
        self.refused("no photographs", "pack", "synthetic:100", "images.pack")
        self.refused("absent is not a folder", "pack", "imagefolder:absent", "images.pack")
        self.refused("nowhere/images.pack: cannot be created.*create the folder first", "pack", "imagefolder:images", "nowhere/images.pack")
        self.refused("quality", "pack", "imagefolder:images", "images.pack", "--quality", 0, status=2)
        for option, value in ("--quality", 90), ("--interpolation", "bicubic"):
            self.refused(f"{option} says how images are scaled down", "pack", "imagefolder:images", "images.pack", option, value, status=2)
        self.refused("--keep raw writes pixels", "pack", "imagefolder:images", "images.pack", "--short-side", 9, "--keep", "raw", "--quality", 90, status=2)
        self.refused("unknown kind of data 'images'", "pack", "images", "images.pack", status=2)
        self.assertEqual([], list(self.folder.glob("*.pack")))

    def test_an_interrupt_leaves_nothing(self):
        for i in range(4000):
            (self.folder / f"images/train/class0/more{i}.ppm").hardlink_to(self.folder / "images/train/class0/0.ppm")
        process = self.start("pack", "imagefolder:images", "images.pack", "--workers", 1)
        while process.poll() is None and not list(self.folder.glob(".images.pack.*")):
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        self.finish(process)
        self.assertEqual(process.returncode, 130, process.stderr_text)
        self.assertEqual([], list(self.folder.glob("*.pack*")) + list(self.folder.glob(".*pack*")))
