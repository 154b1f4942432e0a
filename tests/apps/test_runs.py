"""How long a run goes, what is validated, averaged and kept of it, and what does not go together."""

import re

import program
from program import TINY, ProgramTest, floats, load_tensors, metrics


class RunsTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "train.safetensors", 26)
        program.save_images(self.folder / "val.safetensors", 10, seed=2)

    def options(self, *more):
        """Three batches of 8 an epoch, four epochs."""
        return ["train", *program.merged(*TINY, "--data", "tensors:train.safetensors", "--val-data", "tensors:val.safetensors",
                                         "--batch-size", 8, "--epochs", 4, "--lr", 0.05, "--log-every", 1, *more)]

    def files(self, folder):
        return sorted(path.name for path in (self.folder / folder).iterdir())

    def weights(self, file):
        tensors, _ = load_tensors(self.folder / file)
        return {name: floats(tensor) for name, tensor in tensors.items() if tensor[0] == "F32"}

    def test_schedules_reach_the_steps(self):
        def rates(*more):
            self.result(*self.options("--out", "run", *more))
            rows = metrics(self.folder / "run", "step")
            for path in sorted((self.folder / "run").rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            return [row["lr"] for row in rows]

        per_epoch = rates("--scheduler", "step", "--step-size", 1, "--step-offset", 1, "--gamma", 0.5)
        for got, want in zip(per_epoch, [0.05] * 6 + [0.025] * 3 + [0.0125] * 3):
            self.assertAlmostEqual(got, want, 8)
        warm = rates("--scheduler", "cosine", "--warmup-steps", 3, "--warmup-factor", 0, "--min-lr", 0.01, "--lr-per", "epoch")
        for got, want in zip(warm, [0] * 3 + [0.05] * 3 + [0.04] * 3 + [0.02] * 3):
            self.assertAlmostEqual(got, want, 8)

    def test_start_epoch_goes_on_with_the_schedule_and_its_numbers(self):
        self.result(*self.options("--out", "first", "--epochs", 2))
        result = self.result(*self.options("--out", "second", "--init", "first/weights.safetensors", "--start-epoch", 2,
                                           "--scheduler", "step", "--step-size", 2, "--gamma", 0.5))
        self.assertEqual((result["steps"], result["epochs"]), (6, 4))
        rows = metrics(self.folder / "second", "step")
        self.assertEqual([(row["step"], row["epoch"]) for row in rows], [(7, 2), (8, 2), (9, 2), (10, 3), (11, 3), (12, 3)])
        self.assertAlmostEqual(rows[0]["lr"], 0.025, 8)
        tensors, _ = load_tensors(self.folder / "second" / "weights.safetensors")
        tracked = next(tensor for name, tensor in tensors.items() if name.endswith("num_batches_tracked"))
        self.assertEqual(int.from_bytes(tracked[2], "little"), 12)
        self.assertEqual(self.result(*self.options("--out", "third", "--init", "first/weights.safetensors", "--start-epoch", 2,
                                                   "--max-steps", 2))["steps"], 2)
        self.assertEqual(self.result("train", "--resume", "third", "--max-steps", 4)["steps"], 4)
        self.assertEqual([row["step"] for row in metrics(self.folder / "third", "step")], [7, 8, 9, 10])
        self.refused("--start-epoch starts a run, and --resume goes on from its checkpoint", "train", "--resume", "third", "--start-epoch", 1, status=2)

    def test_a_moving_average_is_validated_and_saved_beside_the_weights(self):
        result = self.result(*self.options("--out", "run", "--ema-decay", 0.5, "--best-by", "ema-loss"))
        rows = metrics(self.folder / "run", "val")
        self.assertEqual(len(rows), 4)
        self.assertEqual(result["ema_top1"], rows[-1]["ema_top1"])
        self.assertNotEqual(rows[0]["ema_loss"], rows[0]["loss"])
        weights, average = self.weights("run/weights.safetensors"), self.weights("run/ema.safetensors")
        self.assertNotEqual(weights, average)
        scores = self.result("eval", "--weights", "run/ema.safetensors", "--data", "tensors:val.safetensors", "--batch-size", 8)
        self.assertAlmostEqual(scores["loss"], rows[-1]["ema_loss"], 4)
        best = min(range(4), key=lambda i: rows[i]["ema_loss"])
        scores = self.result("eval", "--weights", "run/best.safetensors", "--data", "tensors:val.safetensors", "--batch-size", 8)
        self.assertAlmostEqual(scores["loss"], rows[best]["ema_loss"], 4)

    def test_an_average_without_buffers_has_the_running_statistics_of_the_weights(self):
        self.result(*self.options("--out", "run", "--epochs", 1, "--ema-decay", 0.9, "--no-ema-buffers"))
        weights, average = self.weights("run/weights.safetensors"), self.weights("run/ema.safetensors")
        alike = {name for name in weights if weights[name] == average[name]}
        self.assertEqual(alike, {name for name in weights if "running" in name})
        self.assertIn("ema-buffers: false\n", (self.folder / "run/config.yaml").read_text())

    def test_everything_at_once_goes_on_bit_for_bit(self):
        for device in "0", "0,0":
            with self.subTest(device=device):
                everything = ["--optimizer", "adamw", "--lr", 0.002, "--ema-decay", 0.9, "--ema-warmup", "tensorflow", "--ema-every", 2,
                              "--mixup", 0.4, "--cutmix", 1, "--drop-path", 0.2, "--label-smoothing", 0.1, "--precision", "amp",
                              "--best", 2, "--keep", 2, "--patience", 9, "--recalibrate-bn", 2, "--device", device]
                whole, parts = f"whole-{device}", f"parts-{device}"
                self.result(*self.options(*everything, "--out", whole))
                self.result(*self.options(*everything, "--out", parts, "--max-steps", 5))
                self.result("train", "--resume", parts, "--max-steps", 100)
                self.assertEqual(metrics(self.folder / whole, "step"), metrics(self.folder / parts, "step"))
                for name in ("weights.safetensors", "ema.safetensors", "best.safetensors", "checkpoint/state.safetensors"):
                    self.assertEqual((self.folder / whole / name).read_bytes(), (self.folder / parts / name).read_bytes(), name)
                self.assertEqual(self.files(f"{parts}/epochs"), ["epoch-0003-ema.safetensors", "epoch-0003.safetensors",
                                                                 "epoch-0004-ema.safetensors", "epoch-0004.safetensors"])
                self.assertEqual(len(self.files(f"{parts}/best")), 2)

    def test_losses_do_not_depend_on_the_split(self):
        for more in (["--mixup", 0.8, "--mixup-mode", "elem"], ["--cutmix", 1, "--bce-loss", "--bce-target-thresh", 0.2],
                     ["--class-weights", "balanced"], ["--bce-loss", "--bce-sum", "--drop-path", 0.3]):
            with self.subTest(options=more):
                losses = []
                for device in "0", "0,0":
                    out = re.sub(r"\W", "", device + "".join(map(str, more)))
                    self.result(*self.options("--sync-bn", "--epochs", 1, "--device", device, "--out", out, *more))
                    losses.append([row["loss"] for row in metrics(self.folder / out, "step")])
                for one, two in zip(*losses):
                    self.assertAlmostEqual(one, two, 3)

    def test_validations_come_every_so_often_and_at_the_end(self):
        def validated(every, epochs=4):
            self.result(*self.options("--out", f"run{every}", "--val-every", every, "--epochs", epochs))
            return [row["step"] for row in metrics(self.folder / f"run{every}", "val")]

        self.assertEqual(validated(3), [9, 12])
        self.assertEqual(validated(0.5, 2), [2, 3, 5, 6])

    def test_a_run_without_progress_stops_early(self):
        result = self.result(*self.options("--out", "run", "--lr", 0, "--patience", 2))
        self.assertEqual(result["epochs"], 3)
        self.assertIn("stopping early: 2 validations were no better by top1 than that after step 3", self.stderr_text)
        self.assertEqual(self.result("train", "--resume", "run")["epochs"], 3)
        self.assertIn("nothing left to do", self.stderr_text)

    def test_weights_of_every_epoch_are_kept(self):
        self.result(*self.options("--out", "run", "--save-epochs"))
        self.assertEqual(self.files("run/epochs"), [f"epoch-000{i}.safetensors" for i in (1, 2, 3, 4)])
        self.assertEqual((self.folder / "run/epochs/epoch-0004.safetensors").read_bytes(),
                         (self.folder / "run/weights.safetensors").read_bytes())

    def test_recalibrated_statistics_are_those_of_the_training_images(self):
        plain = ["--epochs", 1, "--lr", 0, "--no-augment", "--no-shuffle", "--bn-momentum", 0.001]
        self.result(*self.options("--out", "plain", *plain))
        self.result(*self.options("--out", "estimated", "--recalibrate-bn", 3, *plain))
        name = "features.0.1.running_mean"
        before, after = self.weights("plain/weights.safetensors")[name], self.weights("estimated/weights.safetensors")[name]
        self.assertLess(max(map(abs, before)), 0.01)
        for one, all_of_it in zip(before, after):  # momentum .001 over three batches
            self.assertAlmostEqual(one / (1 - 0.999 ** 3), all_of_it, 3)
        plain, estimated = (load_tensors(self.folder / run / "checkpoint/state.safetensors")[0] for run in ("plain", "estimated"))
        self.assertEqual(plain, estimated)

    def test_what_does_not_go_together_is_refused(self):
        for pattern, more in (("--warmup-steps both", ["--warmup-epochs", 1, "--warmup-steps", 2]),
                              ("--min-lr is an option of cosine, polynomial", ["--scheduler", "step", "--min-lr", 0.01]),
                              ("--milestones is an option of multistep", ["--milestones", "1,2"]),
                              ("would rise", ["--min-lr", 1]),
                              ("one-cycle rises by itself", ["--scheduler", "one-cycle", "--warmup-steps", 2]),
                              ("--ema-warmup is an option of the moving average", ["--ema-warmup", "timm"]),
                              ("--best-by ema-top1 needs a moving average", ["--best-by", "ema-top1"]),
                              ("--ema-decay is 1,", ["--ema-decay", 1]),
                              ("--start-epoch 1 goes on from weights", ["--start-epoch", 1]),
                              ("--bce-sum is an option of --bce-loss", ["--bce-sum"]),
                              ("--mixup-prob says how images are mixed", ["--mixup-prob", 0.5]),
                              ("--mixup-switch-prob says .*: give both", ["--mixup", 0.2, "--mixup-switch-prob", 0.3]),
                              ("--mixup is -1", ["--mixup", -1]),
                              ("--shuffle-window is of --data pack:FILE", ["--shuffle-window", 16]),
                              ("--no-augment does not augment and --augment crop-pad4 does", ["--no-augment", "--augment", "crop-pad4"]),
                              ("--train-interpolation is of augmented images",
                               ["--augment", "none", "--train-interpolation", "bicubic"]),
                              ("--save-epochs keeps .* give one", ["--save-epochs", "--keep", 2]),
                              ("--nesterov looks ahead by the momentum", ["--nesterov", "--momentum", 0]),
                              ("--drop-path is 1,", ["--drop-path", 1])):
            with self.subTest(options=more):
                self.refused(pattern, *self.options("--out", "run", *more), status=2)
        self.refused("gives a device an odd share: use --batch-size 8", *self.options("--out", "run", "--batch-size", 9, "--mixup", 1))
        for needs_validation in ("--patience", "--best"):
            self.refused("no validation images", "train", *TINY, "--data", "tensors:train.safetensors", "--batch-size", 8,
                         needs_validation, 2, "--out", "run", status=2)
        self.refused("nowhere/s.json: .*create the folder first", *self.options("--out", "run", "--dump-schedule", "nowhere/s.json"))
        self.assertFalse((self.folder / "run").exists())
        self.refused("class-weights nowhere: the file cannot be read", *self.options("--out", "run", "--class-weights", "nowhere"))

    def test_a_run_may_go_on_with_another_schedule(self):
        self.result(*self.options("--out", "run", "--epochs", 1, "--scheduler", "multistep", "--milestones", "1", "--bce-loss",
                                  "--bce-sum", "--ema-decay", 0.9, "--ema-warmup", "timm"))
        self.result("train", "--resume", "run", "--epochs", 2, "--scheduler", "cosine", "--min-lr", 0.01, "--ema-decay", 0)
        self.assertIn("changed: ", self.stderr_text)
        config = (self.folder / "run/config.yaml").read_text()
        self.assertIn("min-lr: 0.01\n", config)
        self.assertNotIn("milestones", config)

    def test_an_unknown_option_is_named_with_the_one_that_may_be_meant(self):
        self.refused("unknown option --warmup-epcohs \\(did you mean 'warmup-epochs'\\?\\); see vkmbv3 train --help",
                     *self.options("--warmup-epcohs", 1), status=2)
        self.refused("unknown option --bogus; see vkmbv3 train --help", *self.options("--bogus=1"), status=2)
        (self.folder / "c.yaml").write_text("mixup-porb: 1\n")
        self.refused("unknown option 'mixup-porb' \\(did you mean 'mixup-prob'\\?\\)", *self.options("--config", "c.yaml"), status=2)

    def test_a_run_of_other_settings_is_refused_with_all_that_differs(self):
        self.result(*self.options("--out", "run", "--epochs", 1))
        self.refused("was written with batch size 8 and this run has 4, with moving average off and this run has on, with buffers, "
                     "with seed 0 and this run has 5",
                     "train", "--resume", "run", "--batch-size", 4, "--seed", 5, "--ema-decay", 0.9)

    def test_defaults_of_other_schedules_in_a_run_of_an_older_version_are_no_contradiction(self):
        self.result(*self.options("--out", "run", "--epochs", 1))
        with open(self.folder / "run/config.yaml", "a") as file:
            file.write("gamma: 0.1\nstep-size: 30\n")
        self.assertEqual(self.result("train", "--resume", "run")["epochs"], 1)

