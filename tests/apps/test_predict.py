"""`predict` with many images and several models."""

import json
import os
import pty
import struct
import termios
import fcntl
import subprocess

import program
from program import TINY, ProgramTest


class PredictTest(ProgramTest):
    trained = {}  # weights by name, once they are there

    def setUp(self):
        super().setUp()
        if not self.trained:
            program.save_images(self.folder / "images.safetensors", 8)
            for seed, run in enumerate(("one", "two")):
                self.result("train", *TINY, "--data", "tensors:images.safetensors", "--epochs", 1, "--batch-size", 4,
                            "--lr", 0.01, "--seed", seed, "--out", run)
                self.trained[run] = (self.folder / run / "weights.safetensors").read_bytes()
        (self.folder / "models").mkdir()
        for run, weights in self.trained.items():
            (self.folder / "models" / f"{run}.safetensors").write_bytes(weights)
        for i in range(9):
            program.save_picture(self.folder / "pictures" / f"{i}.ppm", 25 * i)

    def predict(self, *arguments, status=0, **variables):
        done = self.run_program("predict", "--quiet", "--json", *arguments, **variables)
        self.assertEqual(done.returncode, status, done.stderr_text)
        self.stderr_text = done.stderr_text
        return [json.loads(line) for line in done.stdout_text.splitlines()]

    def test_a_folder_gives_the_same_bits_whatever_batch_workers_and_devices(self):
        command = ["--weights", "models/one.safetensors", "--logits", "pictures"]
        rows = self.predict(*command)
        self.assertEqual([row["image"] for row in rows], [f"pictures/{i}.ppm" for i in range(9)])
        self.assertEqual(len({tuple(row["logits"]) for row in rows}), 9)
        self.assertTrue(all(set(row) == {"image", "top", "logits"} for row in rows))
        for other in (["--batch-size", 1, "--workers", 1], ["--batch-size", 4, "--workers", 3], ["--batch-size", 2, "--device", "0,0"]):
            self.assertEqual(self.predict(*command, *other), rows, other)

    def test_logits_stand_below_a_line_of_text(self):
        command = ["--weights", "models/one.safetensors", "--logits", "pictures/3.ppm"]
        row, = self.predict(*command)
        _, below = self.run_program("predict", "--quiet", *command).stdout_text.splitlines()
        self.assertEqual(below.split()[0], "logits")
        for text, logit in zip(below.split()[1:], row["logits"], strict=True):
            self.assertAlmostEqual(float(text), logit, 5)

    def test_names_with_line_ends_leave_a_line_an_image(self):
        tensors, metadata = program.load_tensors(self.folder / "models/one.safetensors")
        names = json.dumps(["a\nb", "c\r\nd", "e", "f"])  # as of folders
        program.save_tensors(self.folder / "named.safetensors", tensors, metadata | {"class-names": names})
        (self.folder / "new\nline").mkdir()
        program.save_picture(self.folder / "new\nline" / "0.ppm", 25)
        command = ["--weights", "named.safetensors", "new\nline/0.ppm", "pictures/1.ppm"]
        lines = self.run_program("predict", "--quiet", *command).stdout_text.splitlines()
        self.assertEqual([line.split(":")[0] for line in lines], ["new line/0.ppm", "pictures/1.ppm"])
        for line in lines:
            self.assertIn("  a b ", line)
        rows = self.predict(*command)
        self.assertEqual(rows[0]["image"], "new\nline/0.ppm")
        self.assertIn("a\nb", [top["label"] for top in rows[0]["top"]])

    def test_a_broken_image_is_named_and_the_others_are_done(self):
        (self.folder / "pictures" / "3.ppm").write_bytes(b"P6 16 16 255\n")
        (self.folder / "pictures" / "notes.txt").write_text("no image")
        rows = self.predict("--weights", "models/one.safetensors", "pictures", "gone.jpg", status=1)
        self.assertEqual([row["image"] for row in rows], [f"pictures/{i}.ppm" for i in range(9) if i != 3])
        errors = [line for line in self.stderr_text.splitlines() if "error" in line]
        self.assertEqual(len(errors), 2, self.stderr_text)
        self.assertRegex(errors[0], "pictures/3.ppm: truncated")
        self.assertRegex(errors[1], "gone.jpg: cannot open")
        self.assertIn("1 file is no image and was skipped: notes.txt", self.stderr_text)
        self.assertIn("2 of 10 images could not be classified", self.stderr_text)

    def test_every_model_is_run_on_every_image(self):
        alone = {name: self.predict("--weights", f"models/{name}.safetensors", "pictures") for name in ("one", "two")}
        self.assertNotEqual(alone["one"], alone["two"])
        both = [{"model": f"models/{name}.safetensors"} | row for name in alone for row in alone[name]]
        self.assertEqual(self.predict("--weights", "models", "pictures"), both)
        self.assertEqual(self.predict("--weights", "models/one.safetensors", "--weights", "models/two.safetensors", "pictures"), both)
        (self.folder / "models" / "three.pth").write_text("no weights")
        self.assertEqual(self.predict("--weights", "models", "pictures", status=1), both)
        self.assertRegex(self.stderr_text, "error: models/three.pth")
        self.assertIn("1 of 3 weights files could not be used", self.stderr_text)

    def test_lists_on_disk_and_on_standard_input(self):
        (self.folder / "pictures" / "list.csv").write_text("label,path\n4,4.ppm\n2,2.ppm\n")
        rows = self.predict("--weights", "models/one.safetensors", "pictures/list.csv")
        self.assertEqual([row["image"] for row in rows], ["pictures/4.ppm", "pictures/2.ppm"])
        done = subprocess.run([program.PROGRAM, "predict", "--quiet", "--json", "--weights", "models/one.safetensors", "-"],
                              input="pictures/4.ppm\npictures/2.ppm\n", capture_output=True, text=True, cwd=self.folder,
                              env=program.environment(self.drivers))
        self.assertEqual([json.loads(line) for line in done.stdout.splitlines()], rows, done.stderr)
        self.refused("list.txt: the list cannot be read", "predict", "--weights", "models/one.safetensors", "list:list.txt")

    def on_terminal(self, columns, *arguments):
        """What the program prints on a terminal."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        done = subprocess.Popen([program.PROGRAM, *map(str, arguments)], stdout=its, stderr=subprocess.DEVNULL, cwd=self.folder,
                                env=program.environment(self.drivers))
        os.close(its)
        text = b""
        try:
            while chunk := os.read(ours, 4096):
                text += chunk
        except OSError:  # the other end was closed
            pass
        os.close(ours)
        self.assertEqual(done.wait(), 0)
        return text.decode().replace("\r\n", "\n").splitlines()

    def test_a_terminal_gets_a_table(self):
        for columns in (60, 200):
            lines = self.on_terminal(columns, "predict", "--quiet", "--weights", "models", "pictures")
            self.assertTrue(all(len(line) <= columns for line in lines), lines)
            self.assertEqual([line for line in lines if line.startswith("models/")], ["models/one.safetensors", "models/two.safetensors"])
            heads = [line for line in lines if line.startswith("image")]
            rows = [line for line in lines if line.startswith("pictures/")]
            self.assertEqual((len(heads), len(rows)), (2, 18))
            self.assertEqual(len({line.index("%") for line in heads} | {line.index(".", len("pictures/0.ppm")) + 1 for line in rows}), 1, lines)
