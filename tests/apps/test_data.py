"""Every kind of data through the command line; evaluation counts each image once, whatever the batch."""

import json
import os

import program
from program import TINY, ProgramTest, save_picture


class DataTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "data.safetensors", 26)
        for split, count in (("train", 12), ("val", 7)):
            for i in range(count):
                save_picture(self.folder / "images" / split / f"class{i % 4}" / f"{i}.ppm", 20 * i)
        rows = [f"images/train/class{i % 4}/{i}.ppm,{i % 4}" for i in range(12)]
        (self.folder / "list.csv").write_text("path,label\n" + "\n".join(rows) + "\n")

    def train(self, data, *more):
        return self.result("train", *program.merged(*TINY, "--data", data, "--batch-size", 4, "--epochs", 1, "--lr", 0.01, *more))

    def evaluate(self, data, batch, *more):
        return self.result("eval", "--weights", "run/weights.safetensors", "--data", data, "--batch-size", batch, *more)

    def test_the_largest_batch_that_fits_is_found_and_kept(self):
        data = ("--data", "tensors:data.safetensors")
        self.result("train", *TINY, *data, "--batch-size", "auto", "--max-steps", 1, "--lr", 0.01, "--out", "auto")
        self.assertIn("batch-size: 26", (self.folder / "auto/config.yaml").read_text())  # all there are
        resumed = self.result("train", "--resume", "auto", "--max-steps", 1)
        self.assertEqual(resumed["steps"], 1)
        # Explained, not run: of V3-Large some images fit, and by far not all.
        large = ("train", "--model", "mobilenet_v3_large", "--input-size", 224, "--data", "synthetic:100000", "--batch-size", "auto",
                 "--explain")
        explained = [json.loads(self.run_program(*large, "--json", *more).stdout_text) for more in ((), ("--device", "0,0"))]
        images = explained[0][0]["images"]
        self.assertEqual(images % 8, 0)
        self.assertGreater(images, 0)
        self.assertLess(images, 100000)
        # Used twice, the device's memory is divided: half the images each, less what both keep of their own.
        first, second = (device["images"] for device in explained[1])
        self.assertEqual(first, second)
        self.assertLessEqual(2 * first, images)
        self.assertGreaterEqual(2 * first, 0.6 * images)

    def test_a_partial_last_batch_is_counted_exactly(self):
        self.train("tensors:data.safetensors", "--out", "run")
        expected = self.evaluate("tensors:data.safetensors", 1)
        self.assertEqual(expected["images"], 26)
        for batch, devices in ((5, "0"), (26, "0"), (64, "0"), (7, "0,0")):
            result = self.evaluate("tensors:data.safetensors", batch, "--device", devices)
            for name in ("images", "top1", "top5"):
                self.assertAlmostEqual(result[name], expected[name], places=12, msg=f"{name}, batches of {batch}")
            self.assertAlmostEqual(result["loss"], expected["loss"], delta=1e-5 * expected["loss"])

    def test_folders_and_lists_hold_the_same_images(self):
        self.assertEqual(self.train("imagefolder:images", "--out", "run")["steps"], 3)
        self.assertEqual(self.train("list:list.csv", "--val-data", "imagefolder:images", "--out", "other")["steps"], 3)
        self.assertEqual(self.evaluate("imagefolder:images", 4)["images"], 7)
        self.assertEqual(self.evaluate("list:list.csv", 5)["images"], 12)

    def test_an_image_that_cannot_be_read_is_named_left_out_and_counted(self):
        self.train("imagefolder:images", "--out", "run")
        (self.folder / "images/val/class1/1.ppm").write_bytes(b"P6 16 16 255\nshort")
        (self.folder / "images/train/class2/2.ppm").write_bytes(b"no picture")
        result = self.evaluate("imagefolder:images", 4)
        self.assertEqual((result["images"], result["unreadable_images"]), (6, 1))
        self.assertIn("class1/1.ppm", self.stderr_text)
        self.assertIn("1 images could not be read", self.stderr_text)
        result = self.train("imagefolder:images", "--epochs", 3, "--out", "other")
        self.assertEqual((result["steps"], result["unreadable_images"]), (9, 2))
        for name in ("class2/2.ppm", "class1/1.ppm"):  # each once, however often it was met
            self.assertEqual(self.stderr_text.count(name), 1, self.stderr_text)
        self.assertIn("2 images could not be read", self.stderr_text)

    def test_images_held_back_stay_the_same_in_a_run_that_goes_on(self):
        data = "imagefolder:images/train"
        split = ("--val-split", 0.34, "--seed", 5)
        whole = self.train(data, *split, "--epochs", 3, "--out", "run")
        self.assertIn("--val-split 0.34: 4 of 12 images are held back", self.stderr_text)
        self.assertIn("val-split: 0.34", (self.folder / "run/config.yaml").read_text())
        self.train(data, *split, "--epochs", 3, "--max-steps", 3, "--out", "parts")
        self.assertEqual(self.result("train", "--resume", "parts", "--max-steps", 100)["val_top1"], whole["val_top1"])
        self.assertEqual(program.metrics(self.folder / "parts"), program.metrics(self.folder / "run"))
        self.assertEqual(self.evaluate(data, 4, *split)["images"], 4)
        refused = self.run_program("train", "--resume", "parts", "--val-split", 0.5, "--quiet")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("resume with the same settings", refused.stderr_text)
        os.rename(self.folder / "images/train/class0/0.ppm", self.folder / "images/train/class0/99.ppm")
        refused = self.run_program("train", "--resume", "parts", "--quiet")
        self.assertIn("validation images 4 held back", refused.stderr_text)

    def test_training_without_validation_images_is_said(self):
        self.assertIsNone(self.train("imagefolder:images/train", "--out", "run")["val_top1"])
        self.assertIn("imagefolder:images/train has no validation images", self.stderr_text)
        result = self.train("imagefolder:images/train", "--val-data", "imagefolder:images/val", "--out", "other")
        self.assertIsNotNone(result["val_top1"])
        self.assertNotIn("no validation images", self.stderr_text)

    def test_a_classifier_of_another_size_is_replaced_and_said_so(self):
        self.train("tensors:data.safetensors", "--out", "run")
        self.train("tensors:data.safetensors", "--init", "run/weights.safetensors", "--num-classes", 7, "--lr", 0, "--out", "other")
        self.assertIn("--init run/weights.safetensors: the classifier is initialised anew: it has 4 classes, not 7", self.stderr_text)
        before, after = (program.load_tensors(self.folder / run / "weights.safetensors")[0] for run in ("run", "other"))
        for name in before:
            if name.startswith("classifier.3"):
                self.assertEqual(after[name][1][0], 7)
            elif "running" not in name and "num_batches" not in name:
                self.assertEqual(before[name], after[name], name)
