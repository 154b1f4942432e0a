"""Whatever is wrong is said in one line, with what to do; nothing crashes, nothing hangs."""

import json
import os
import pickle
import struct
import subprocess
import zipfile

import program
from program import TINY, ProgramTest, merged


class BadInputTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "data.safetensors", 16)

    def train(self, *more):
        return ["train", *merged(*TINY, "--data", "tensors:data.safetensors", "--batch-size", 8, "--max-steps", 1, "--quiet", *more)]

    def trained(self):
        self.result(*self.train("--out", "run"))
        return self.folder / "run" / "weights.safetensors"

    def test_no_loader(self):
        (self.folder / "libvulkan.so.1").touch()
        (self.folder / "libvulkan.so").touch()
        self.refused("Vulkan loader.*install", *self.train(), LD_LIBRARY_PATH=str(self.folder))

    def test_no_device(self):
        self.refused("no Vulkan device.*install", *self.train(), VK_ICD_FILENAMES="/nonexistent")
        self.refused("no Vulkan device.*install", "devices", VK_ICD_FILENAMES="/nonexistent")
        for named in ("0", "all"):
            self.refused("no Vulkan device.*install", *self.train("--device", named), VK_ICD_FILENAMES="/nonexistent")

    def test_results_that_nobody_gets(self):
        """A full disk, a reader that went away, a closed stdout."""
        def ends(stdout, *arguments):
            done = subprocess.run([program.PROGRAM, *arguments], stdout=stdout, stderr=subprocess.PIPE, text=True,
                                  cwd=self.folder, env=program.environment(self.drivers), timeout=program.SECONDS)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertRegex(done.stderr, r"^vkmbv3: error: .*could not be written to stdout.*\n\Z")
            return done.stderr

        for arguments in (["summary"], ["devices"], ["summary", "--json"], ["--help"]):
            with open("/dev/full", "w") as full:
                self.assertIn("No space left", ends(full, *arguments))
            reader, writer = os.pipe()
            os.close(reader)
            self.assertIn("Broken pipe", ends(writer, *arguments))
            os.close(writer)
        done = subprocess.run(["sh", "-c", '"$0" summary >&-', program.PROGRAM], stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("could not be written", done.stderr)

    def test_outputs_that_are_not_finite(self):
        path = self.trained()
        tensors, metadata = program.load_tensors(path)
        for name in ("classifier.0.bias", "classifier.3.weight"):  # their product is 1e60
            dtype, shape, data = tensors[name]
            tensors[name] = (dtype, shape, struct.pack("<f", 1e30) * (len(data) // 4))
        program.save_tensors(path, tensors, metadata)
        program.save_picture(self.folder / "grey.ppm", 99)
        self.refused("grey.ppm: on device 0.*not finite", "predict", "--weights", path, "grey.ppm")
        self.refused("the loss of images 1 to 16 is not finite.*use others", "eval", "--weights", path, "--data", "tensors:data.safetensors")
        self.refused("fp16 ends at 65504.*--precision fp32", "eval", "--weights", path, "--data", "tensors:data.safetensors", "--precision", "amp")

    def test_devices(self):
        self.refused("no device 7.*vkmbv3 devices", *self.train("--device", 7))
        for text in ("x", "0,", "-1", "0;1", "0x0", "00", "0,01"):
            self.refused("is not a device index", *self.train(f"--device={text}"), status=2)

    def test_usage(self):
        for pattern, arguments in (
            ("--bogus", self.train("--bogus", 1)),
            ("unknown model 'bogus'; known are", ["train", "--model", "bogus"]),
            ("--scheduler: bogus not in", self.train("--scheduler", "bogus")),
            ("--batch-size", self.train("--batch-size", 99999999999)),
            ("--batch-size", self.train("--batch-size", 0)),
            ("--batch-size", [*self.train(), "--batch-size=-1"]),
            ("--data is given 2 times .*: give it once", [*self.train(), "--data", "synthetic"]),
            ("--max-steps: 0 is not a number above 0; see vkmbv3 train --help", self.train("--max-steps", 0)),
            ("--init has an empty value", self.train("--init", "")),
            ("an argument of predict is empty", ["predict", "--weights", "absent.pth", ""]),
            ("an argument of convert is empty", ["convert", "absent.pth", ""]),
            ("--data-dir pictures names the images of a configuration of MindCV's: say --data imagefolder:pictures",
             self.train("--data-dir", "pictures")),
            ("--heatmap-class says what --heatmap shows", ["predict", "--weights", "absent.pth", "--heatmap-class", "cat", "cat.jpg"]),
            ("unknown command 'tarin'", ["tarin"]),
            ("--remode says how --reprob erases", self.train("--remode", "pixel")),
            ("--profile measures what --explain prints", self.train("--profile")),
            ("--batch-size", self.train("--batch-size", "0x20")),
            ("--workers", self.train("--workers", 2000)),
            ("--workers", ["eval", "--weights", "absent.pth", "--workers", 2000]),
            ("multistep needs --milestones", self.train("--scheduler", "multistep")),
            ("--warmup-epochs 5 outlasts --epochs 2", self.train("--warmup-epochs", 5, "--epochs", 2)),
            ("--lr", self.train("--lr", "fast")),
            ("--optimizer: bogus not in", self.train("--optimizer", "bogus")),
            ("--beta1 is an option of adam, adamw, lamb, lion, and --optimizer is sgd", self.train("--beta1", 0.8)),
            ("--nesterov is an option of sgd, and --optimizer is adamw", self.train("--optimizer", "adamw", "--nesterov")),
            ("--beta2 is 1, but must be at least 0 and below 1", self.train("--optimizer", "adamw", "--beta2", 1)),
            ("--momentum is 1.5, but must be between 0 and 1", self.train("--momentum", 1.5)),
            ("--momentum is an option of sgd, rmsprop, rmsprop_tf, and --optimizer is lion", self.train("--opt", "lion", "--momentum", 0.5)),
            ("--no-weight-decay: bias not in", self.train("--no-weight-decay", "bias")),
            ("--freeze features.99: say backbone, all-but-output, stages:N", self.train("--freeze", "features.99")),
            ("--freeze stages:9: mobilenet_v3_small has stages 1 to 4", self.train("--freeze", "stages:9")),
            ("leaves nothing to train", self.train("--freeze", "backbone,classifier")),
            ("--loss-scale 1000: give dynamic, or a power of two from 1 to 16777216", self.train("--loss-scale", 1000)),
            ("--loss-scale is of mixed precision", self.train("--loss-scale", 1024, "--precision", "fp32")),
            ("--clip-mode says what --clip-grad bounds", self.train("--clip-mode", "agc")),
            ("contradicts another option's 2", self.train("--clip-grad", 1, "--clip-grad-norm", 2)),
            ("--grad-accum", self.train("--grad-accum", 0)),
            ("synthetic:0 is not a number of images", self.train("--data", "synthetic:0")),
            ("--epochs 010: write a whole number in digits", self.train("--epochs", "010")),
            ("--full says what --json prints", ["devices", "--full"]),
            ("--quick checks none", ["doctor", "--quick", "--device", 0]),
            ("--weights", ["eval"]),
            ("subcommand", ["--seed", 1]),
        ):
            self.refused(pattern, *arguments, status=2)

    def test_configuration_files(self):
        for pattern, text in (
            ("not a YAML map", "a: ["),
            ("not a map", "- 1\n- 2\n"),
            ("unknown option 'bogus'", "bogus: 3\n"),
            ("not a YAML map", "epochs: {a: 1}\n"),
            ("--epochs", "epochs: many\n"),
            ("--nesterov", "nesterov: perhaps\n"),
        ):
            (self.folder / "config.yaml").write_text(text)
            self.refused(pattern, *self.train("--config", "config.yaml"), status=2)
        self.refused("cannot be read", *self.train("--config", "absent.yaml"), status=2)
        self.refused("cannot be read", *self.train("--config", "."), status=2)

    def test_a_configuration_file_is_used_and_the_command_line_wins(self):
        (self.folder / "config.yaml").write_text("max-steps: 1\nnesterov: true\nscheduler: multistep\nmilestones: [1, 2]\nepochs: 3\n")
        options = ["train", *TINY, "--data", "tensors:data.safetensors", "--batch-size", 8]
        self.assertEqual(self.result(*options, "--config", "config.yaml", "--epochs", 4, "--out", "run")["steps"], 1)
        text = (self.folder / "run" / "config.yaml").read_text()
        for line in ("milestones: 1,2", "nesterov: true", "epochs: 4"):
            self.assertIn(line + "\n", text)

    def test_a_run_that_cannot_be_looked_at(self):
        """Options come from there, so even the help is not reached."""
        for more in ([], ["--help"]):
            self.refused("--resume x+: File name too long; check the path", "train", "--resume", "x" * 300, *more)

    def test_numbers_of_a_list_are_checked_as_those_of_one_model(self):
        for width in ("nan", "-1", "0", "1000", "inf"):
            self.refused(f"--width is {width}, but must be above 0, at most 16", "latency", *TINY[:2], f"--widths=1,{width}", status=2)
            self.refused(f"--width is {width}, but must be above 0, at most 16", "latency", *TINY[:2], f"--width={width}", status=2)

    def test_names_that_are_not_text(self):
        """A path is bytes, JSON is UTF-8: what is not is replaced, and the next image is classified."""
        weights = self.trained()
        images = [os.fsencode(self.folder) + b"/" + name for name in (b"caf\xe9.ppm", b"plain.ppm")]
        for image in images:
            program.save_picture(self.folder / os.fsdecode(image), 1)
        done = self.run_program("predict", "--weights", weights, "--json", "--quiet", *map(os.fsdecode, images))
        self.assertEqual(done.returncode, 0, done.stderr_text)
        first, second = map(json.loads, done.stdout_text.splitlines())
        self.assertTrue(first["image"].endswith("/caf\ufffd.ppm"), first)
        self.assertTrue(second["image"].endswith("/plain.ppm"), second)

    def test_labels(self):
        predict = ["predict", "--weights", self.trained(), "--quiet", "image.ppm"]
        program.save_picture(self.folder / "image.ppm", 1)
        for pattern, content in (("neither UTF-8 nor UTF-16", b"\xffa\nb\nc\nd\n"), ("3 names, 4 classes", b"a\nb\nc\n"),
                                 ("5 names, 4 classes: remove 'background'", b"background\na\nb\nc\nd\n"), ("is empty", b"")):
            (self.folder / "labels.txt").write_bytes(content)
            self.refused(f"labels.txt.*{pattern}", *predict, "--labels", "labels.txt")
        self.refused("absent.txt", *predict, "--labels", "absent.txt")
        (self.folder / "labels.json").write_text('{"0": ["n1", "ant"], "1": ["n2", "bee"], "2": ["n3", "cat"], "3": ["n4", "bee"]}')
        done = self.run_program(*predict[:-2], "image.ppm", "--labels", "labels.json", "--json")
        self.assertEqual({top["class"]: top["label"] for top in json.loads(done.stdout_text)["top"]},
                         {0: "ant", 1: "bee", 2: "cat", 3: "bee"})
        self.assertIn("labels.json: several classes are called 'bee'", done.stderr_text)

    def test_data(self):
        for kind in ("bogus:x", "imagenette:x"):
            self.refused(f"unknown kind of data '{kind}", *self.train("--data", kind), status=2)
            self.refused(f"unknown kind of data '{kind}", *self.train("--val-data", kind), status=2)
            self.refused(f"unknown kind of data '{kind}", "eval", "--weights", "absent.pth", "--data", kind, status=2)
        self.refused("absent", *self.train("--data", "tensors:absent.safetensors"))
        self.refused("absent", *self.train("--data", "list:absent.csv"))
        self.refused("16 images are fewer than a batch of 17", *self.train("--batch-size", 17))
        program.save_picture(self.folder / "images/train/cat/0.ppm", 1)
        (self.folder / "images/train/dog").mkdir()
        self.refused("dog", *self.train("--data", "imagefolder:images"))
        (self.folder / "from_one.csv").write_text("image,label\n" + "".join(f"images/train/cat/0.ppm,{i}\n" for i in (1, 2, 3)))
        self.refused("labels run from 1 to 3", "train", "--model", "mobilenet_v3_small", "--data", "list:from_one.csv", "--quiet")
        self.refused("labels run from 1 to 3", "train", "--model", "mobilenet_v3_small", "--data", "list:from_one.csv", "--quiet",
                     "--num-classes", 3)
        self.refused("--val-data names the validation images and --val-split",
                     *self.train("--val-data", "tensors:data.safetensors", "--val-split", 0.5), status=2)
        self.refused("is not a fraction", *self.train("--val-split", 1), status=2)
        self.refused("cannot be shared by 2 devices", *self.train("--batch-size", 1, "--device", "0,0"))

    def test_weights(self):
        good = self.trained()
        tensors, metadata = program.load_tensors(good)

        def refused(pattern, name):
            self.refused(pattern, *self.train("--init", name, "--out", "other"))
            self.refused(pattern, "eval", "--weights", name, *TINY, "--data", "tensors:data.safetensors", "--quiet")

        self.refused("absent.pth", *self.train("--init", "absent.pth"))
        (self.folder / "short.safetensors").write_bytes(good.read_bytes()[:1000])
        refused("truncated", "short.safetensors")
        (self.folder / "less.safetensors").write_bytes(good.read_bytes()[:-4])
        refused("less.safetensors", "less.safetensors")
        (self.folder / "empty.pth").touch()
        refused("empty", "empty.pth")

        dtype, shape, data = tensors["features.0.0.weight"]
        program.save_tensors(self.folder / "shape.safetensors",
                             tensors | {"features.0.0.weight": (dtype, [shape[0], 3, 9, 1], data)}, metadata)
        refused(r"features.0.0.weight is \[8, 3, 9, 1\], but the model's is \[8, 3, 3, 3\]", "shape.safetensors")
        data = ["--data", "tensors:data.safetensors", "--num-classes", 4, "--input-size", 16, "--quiet"]
        self.refused("--width 0.25", "eval", "--weights", good, *data, "--width", 0.5)
        self.refused("mobilenet_v3_small", "eval", "--weights", good, *data, "--model", "mobilenet_v2")
        self.refused("mobilenet_v3_small", "train", "--init", good, *data, "--model", "mobilenet_v2", "--batch-size", 8)

    def test_weights_that_are_not_finite_are_named(self):
        tensors, metadata = program.load_tensors(self.trained())
        dtype, shape, data = tensors["features.3.block.1.0.weight"]
        tensors["features.3.block.1.0.weight"] = (dtype, shape, struct.pack("<f", float("nan")) + data[4:])
        program.save_tensors(self.folder / "nan.safetensors", tensors, metadata)
        self.refused("features.3.block.1.0.weight are not finite", *self.train("--init", "nan.safetensors", "--out", "other"))

    def test_a_pickle_that_would_run_code(self):
        class Call:
            def __reduce__(self):
                return (open, (str(marker), "w"))

        marker = self.folder / "ran"
        with zipfile.ZipFile(self.folder / "evil.pth", "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps({"weight": Call()}, 2))
            archive.writestr("archive/version", "3\n")
        self.refused("evil.pth", *self.train("--init", "evil.pth"))
        self.assertFalse(marker.exists())

    def test_run_directories(self):
        (self.folder / "file").touch()
        self.refused("file/run.*--out", *self.train("--out", "file/run"))
        self.refused("--out", *self.train("--out", "/proc/vkmbv3"))
        self.trained()
        self.refused("run already holds a run.*--resume run", *self.train("--out", "run"))

    def test_a_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk], capture_output=True).returncode:
            self.skipTest("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", disk])
        self.refused("No space left.*free some space", *self.train("--out", "disk/run"))

    def test_a_batch_that_does_not_fit(self):
        """What was refused leaves no run behind."""
        for options in (["--batch-size", 100000], ["--batch-size", 1 << 20, "--model", "mobilenet_v2", "--input-size", 256]):
            self.refused(r"needs .*MiB and \d+ MiB are free: use --batch-size \d+ or less",
                         *self.train("--data", "synthetic:2000000", "--num-classes", 10, *options, "--out", "run"))
        self.refused("not even one image fits", *self.train("--data", "synthetic", "--num-classes", 10, "--input-size", 16384, "--out", "run"))
        self.trained()

    def test_a_loss_that_is_not_finite(self):
        program.save_images(self.folder / "more.safetensors", 64)
        self.refused("the loss of step 3 is not finite: first in .*features.0.*checkpoint is in run/checkpoint",
                     *self.train("--data", "tensors:more.safetensors", "--max-steps", 8, "--scheduler", "constant", "--lr", "1e10",
                                 "--save-every", 1, "--out", "run"))
        state = program.load_tensors(self.folder / "run" / "checkpoint" / "state.safetensors")[0]
        self.assertTrue(all(abs(value) < float("inf") for value in program.floats(state["parameters"])))
