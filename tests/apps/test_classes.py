"""Class names are part of a model and a run: whatever has classes is matched by their names."""

import json
import shutil

import program
from program import TINY, ProgramTest, save_picture

CLASSES = ("ant", "bee", "cat", "dog")


class ClassesTest(ProgramTest):
    def setUp(self):
        super().setUp()
        for number, name in enumerate(CLASSES):
            for split, count in (("train", 4), ("val", 3)):
                for i in range(count):
                    save_picture(self.folder / "images" / split / name / f"{i}.ppm", 60 * number + 7 * i + 5)

    def train(self, *more):
        return self.result("train", *program.merged(*TINY, "--data", "imagefolder:images", "--batch-size", 4, "--epochs", 3, "--lr", 0.05,
                                                    "--bn-momentum", 0.3, *more))

    def folder_of(self, name, classes, source="val"):
        """A folder of validation images of some classes: {class in the folder: class of its images}."""
        for called, of in classes.items():
            shutil.copytree(self.folder / "images" / source / of, self.folder / name / "val" / called)
        return f"imagefolder:{name}"

    def evaluate(self, data, *more):
        return self.result("eval", "--weights", "run/weights.safetensors", "--data", data, *more)

    def predicted_top1(self, classes):
        """The share of images for which `predict` names their folder: knows nothing of labels."""
        images = [path for name in classes for path in sorted((self.folder / "images/val" / name).iterdir())]
        done = self.run_program("predict", "--weights", "run/weights.safetensors", "--topk", 1, "--json", "--quiet", *images)
        rows = [json.loads(line) for line in done.stdout_text.splitlines()]
        self.assertEqual(len(rows), len(images), done.stderr_text)
        return sum(row["top"][0]["label"] in row["image"].split("/") for row in rows) / len(rows)

    def test_evaluation_goes_by_name(self):
        lacking = self.folder_of("lacking", {"cat": "cat", "dog": "dog"})
        result = self.train("--val-data", lacking, "--out", "run")
        self.assertIn("lacking has no images of 'ant' and 'bee'", self.stderr_text)
        expected = self.predicted_top1(("cat", "dog"))
        self.assertEqual(result["val_top1"], expected)
        evaluated = self.evaluate(lacking)
        self.assertEqual((evaluated["images"], evaluated["top1"]), (6, expected))
        self.assertIn("has no images of 'ant' and 'bee'", self.stderr_text)
        self.assertEqual(self.evaluate("imagefolder:images")["top1"], self.predicted_top1(CLASSES))

        # The model's classes under other names, in another order of the folders.
        (self.folder / "labels.txt").write_text("n00000009 ant\nn00000003 bee\nn00000001 cat\nn00000002 dog\n")
        by_id = self.folder_of("ids", {"n00000002": "dog", "n00000001": "cat"})
        self.assertEqual(self.evaluate(by_id, "--labels", "labels.txt")["top1"], expected)

        other = self.folder_of("other", {"Ant": "ant", "elk": "bee", "cat": "cat"})
        run = ["eval", "--weights", "run/weights.safetensors", "--data"]
        self.refused("other has the classes 'Ant' and 'elk', but the classes of run/weights.safetensors are "
                     "'ant', 'bee', 'cat' and 'dog'; 'Ant' is 'ant' there", *run, other)
        self.refused("other has the classes 'Ant' and 'elk', but the classes of the training data are",
                     "train", *TINY, "--data", "imagefolder:images", "--batch-size", 4, "--val-data", other)
        tensors, metadata = program.load_tensors(self.folder / "run/weights.safetensors")
        metadata.pop("class-names")
        program.save_tensors(self.folder / "run/weights.safetensors", tensors, metadata)
        self.refused("lacking has 2 classes, and run/weights.safetensors has 4 without names.*--labels", *run, lacking)
        (self.folder / "names.txt").write_text("\n".join(CLASSES))
        self.assertEqual(self.evaluate(lacking, "--labels", "names.txt")["top1"], expected)

    def test_a_run_keeps_its_classes(self):
        self.train("--max-steps", 1, "--out", "run")
        (self.folder / "images/train/bee").rename(self.folder / "images/train/elk")
        (self.folder / "images/val/bee").rename(self.folder / "images/val/elk")
        self.refused("images has the class 'elk', but the classes of the run in run are 'ant', 'bee', 'cat' and 'dog': remove or "
                     "rename it, or start a new run with --init run/weights.safetensors", "train", "--resume", "run", "--max-steps", 2)
        # Started from its weights, the others keep what they learned.
        self.train("--init", "run/weights.safetensors", "--lr", 0, "--max-steps", 1, "--out", "next")
        self.assertIn("--init run/weights.safetensors: the classifier keeps its rows of 'ant', 'cat' and 'dog'; 'elk' starts anew; "
                      "'bee' is left out", self.stderr_text)
        before, after = (program.floats(program.load_tensors(self.folder / run / "weights.safetensors")[0]["classifier.3.weight"])
                         for run in ("run", "next"))
        width = len(before) // 4
        row = {name: before[i * width:(i + 1) * width] for i, name in enumerate(CLASSES)}
        for i, name in enumerate(("ant", "cat", "dog", "elk")):
            self.assertEqual(after[i * width:(i + 1) * width] == row.get(name), name != "elk", name)

    def test_what_cannot_be_learned_is_said_before_training(self):
        shutil.copytree(self.folder / "images/train/ant", self.folder / "one/train/ant")
        one = ["train", *program.merged(*TINY, "--data", "imagefolder:one", "--val-data", "imagefolder:one", "--batch-size", 4)]
        self.folder_of("one", {"ant": "ant"})
        at = one.index("--num-classes")
        self.refused("imagefolder:one has one class only, 'ant'", *one[:at], *one[at + 2:])
        self.refused("normalises over a single value a channel.*raise --batch-size",
                     "train", *TINY, "--data", "imagefolder:images", "--batch-size", 1)
