"""A run that was interrupted, in whatever way, ends as one that was not."""

import random
import signal
import struct
import time

import program
from program import TINY, ProgramTest, metrics


class ResumeTest(ProgramTest):
    def setUp(self):
        super().setUp()
        program.save_images(self.folder / "train.safetensors", 26)
        program.save_images(self.folder / "val.safetensors", 10, seed=2)

    def options(self, steps=None, *more):
        """Three batches of 8 an epoch, four epochs; dropout and the order of images draw random numbers."""
        limit = ["--max-steps", steps] if steps else []
        return ["train", *program.merged(*TINY, "--data", "tensors:train.safetensors", "--val-data", "tensors:val.safetensors",
                                         "--batch-size", 8, "--epochs", 4, "--lr", 0.05, "--log-every", 1, *limit, *more)]

    def same(self, run, other):
        self.assertEqual(metrics(self.folder / run), metrics(self.folder / other))
        for name in ("weights.safetensors", "best.safetensors", "checkpoint/state.safetensors"):
            self.assertEqual((self.folder / run / name).read_bytes(), (self.folder / other / name).read_bytes(), name)

    def whole_run(self):
        self.result(*self.options(None, "--out", "whole"))

    def test_resuming_in_mid_epoch_takes_its_options_from_the_run(self):
        self.whole_run()
        self.assertEqual(self.result(*self.options(4, "--out", "parts"))["steps"], 4)
        self.assertEqual(self.result("train", "--resume", "parts", "--max-steps", 7)["steps"], 7)
        self.assertEqual(self.result("train", "--resume=parts", "--max-steps", 100)["steps"], 12)
        self.same("parts", "whole")

    def test_what_is_best_does_not_depend_on_where_a_run_stopped(self):
        """It validates where it stops, which the whole run does not: what is best there is best until it goes on."""
        # So that the weights of step 8 are better than those that the whole run validates.
        more = "--best", 2, "--best-by", "loss", "--val-every", 2, "--lr", 0.8, "--seed", 6
        self.result(*self.options(11, *more, "--out", "whole"))
        for step in 5, 8:
            run = f"parts{step}"
            self.result(*self.options(step, *more, "--out", run))
            last = self.result("eval", "--weights", f"{run}/weights.safetensors", "--data", "tensors:val.safetensors")["loss"]
            best = self.result("eval", "--weights", f"{run}/best.safetensors", "--data", "tensors:val.safetensors")["loss"]
            self.assertLessEqual(best, last, "until it goes on")
            self.result("train", "--resume", run, "--max-steps", 11)
            for name in "best.safetensors", *(f"best/{kept.name}" for kept in (self.folder / "whole/best").iterdir()):
                self.assertEqual((self.folder / run / name).read_bytes(), (self.folder / "whole" / name).read_bytes(), (step, name))

    def test_a_validation_that_was_due_where_a_run_stopped_stays(self):
        """And one that was not due goes: the whole run has none there, whether in mid-epoch or at the end of one."""
        for every, steps in ((0.34, (1, 2, 4)), (2, (3,))):
            self.result(*self.options(7, "--val-every", every, "--out", f"whole{every}"))
            for step in steps:
                self.result(*self.options(step, "--val-every", every, "--out", f"parts{every}-{step}"))
                self.result("train", "--resume", f"parts{every}-{step}", "--max-steps", 7)
                self.same(f"parts{every}-{step}", f"whole{every}")

    def test_mixed_precision_goes_on_bit_for_bit(self):
        for device in "0", "0,0":
            with self.subTest(device=device):
                amp = ["--precision", "amp", "--device", device]
                self.result(*self.options(None, *amp, "--out", f"whole{device}"))
                self.result(*self.options(4, *amp, "--out", f"parts{device}"))
                self.result("train", "--resume", f"parts{device}", "--max-steps", 100)
                self.same(f"parts{device}", f"whole{device}")
                rows = metrics(self.folder / f"whole{device}", "step")
                self.assertEqual([(row["loss_scale"], row["skipped_steps"]) for row in rows], [(65536, 0)] * 12)
                tensors, _ = program.load_tensors(self.folder / f"whole{device}" / "checkpoint" / "state.safetensors")
                self.assertEqual(struct.unpack("<4i", tensors["loss_scale"][2]), (0, 12, 0, 0))

    def test_adamw_goes_on_bit_for_bit_over_two_replicas(self):
        for precision in "fp32", "amp":
            with self.subTest(precision=precision):
                adamw = ["--optimizer", "adamw", "--lr", 0.002, "--beta2", 0.99, "--precision", precision, "--device", "0,0"]
                whole, parts = f"whole-{precision}", f"parts-{precision}"
                self.result(*self.options(None, *adamw, "--out", whole))
                self.result(*self.options(5, *adamw, "--out", parts))
                self.result("train", "--resume", parts, "--max-steps", 100)
                self.same(parts, whole)
                tensors, _ = program.load_tensors(self.folder / whole / "checkpoint" / "state.safetensors")
                self.assertEqual(struct.unpack("<i", tensors["optimizer.updates"][2][:4]), (12,))
                for name in ("optimizer.exp_avg", "optimizer.exp_avg_sq"):
                    self.assertEqual(len(tensors[name][2]), len(tensors["parameters"][2]))

    def test_another_optimizer_is_refused(self):
        self.result(*self.options(1, "--out", "sgd"))
        self.result(*self.options(1, "--optimizer", "adamw", "--out", "adamw"))
        self.refused("was written with optimizer sgd and this run has adamw", "train", "--resume", "sgd", "--optimizer", "adamw")
        for option, line in (("beta1", "beta1: 0.9"), ("beta2", "beta2: 0.999"), ("eps", "eps: 1e-08"), ("lr", "lr: 0.05"),
                             ("weight-decay", "weight-decay: 0.01")):
            self.assertIn(line + "\n", (self.folder / "adamw" / "config.yaml").read_text(), option)
        for path, other in (("sgd", "adamw"), ("adamw", "sgd")):
            lines = (self.folder / path / "config.yaml").read_text().splitlines()
            hyperparameters = ("momentum", "beta1", "beta2", "eps", "optimizer")
            (self.folder / path / "config.yaml").write_text(
                "".join(line + "\n" for line in lines if line.split(":")[0] not in hyperparameters))
            self.refused(f"was written with optimizer {path} and this run has {other}", "train", "--resume", path,
                         "--optimizer", other)

    def test_names_of_other_programs_are_written_as_ours_and_go_on(self):
        """Two of an epoch's three batches make its first step, the third its second."""
        timm = ["--opt", "nesterov", "--wd", 1e-4, "--clip-grad", 0.5, "--clip-mode", "norm", "--grad-accum-steps", 2]
        self.result(*self.options(None, *timm, "--out", "whole"))
        self.assertEqual(self.result(*self.options(3, *timm, "--out", "parts"))["steps"], 3)
        config = (self.folder / "parts" / "config.yaml").read_text()
        for line in ("optimizer: sgd", "nesterov: true", "weight-decay: 0.0001", "clip-grad-norm: 0.5", "grad-accum: 2"):
            self.assertIn(line + "\n", config)
        self.assertEqual(self.result("train", "--resume", "parts", "--max-steps", 100)["steps"], 8)
        self.same("parts", "whole")
        self.assertTrue(all(row["grad_norm"] > 0 for row in metrics(self.folder / "whole", "step")))
        betas = ["--optimizer", "lamb", "--opt-betas", 0.8, 0.95, "--opt-eps", 1e-3]
        self.result(*self.options(1, *betas, "--out", "betas"))
        config = (self.folder / "betas" / "config.yaml").read_text()
        for line in ("beta1: 0.8", "beta2: 0.95", "eps: 0.001"):
            self.assertIn(line + "\n", config)
        self.assertNotIn("betas", config)

    def test_the_faster_precision_is_chosen_and_said(self):
        self.whole_run()
        result = self.result(*self.options(None, "--precision", "auto", "--out", "auto"))
        self.assertEqual(result["skipped_steps"], 0)
        lines = [line for line in self.stderr_text.splitlines() if "precision" in line]
        self.assertEqual(len(lines), 1, self.stderr_text)
        self.assertRegex(lines[0], "precision fp32: fp16 storage is not faster on device 0 .*llvmpipe")
        self.assertIn("\nprecision: fp32\n", (self.folder / "auto" / "config.yaml").read_text())
        self.same("auto", "whole")

    def test_killing_at_any_moment(self):
        self.whole_run()
        options = self.options(None, "--save-every", 2, "--out", "killed")
        draw = random.Random(3)
        moments = [("config.yaml", 0), ("metrics.jsonl", 0), ("checkpoint/state.safetensors", draw.uniform(0, 0.3)),
                   ("checkpoint/state.safetensors", draw.uniform(0, 0.6))]
        for name, later in moments:
            process = self.start(*options)
            self.wait_for(self.folder / "killed" / name, process)
            time.sleep(later)
            process.kill()
            self.finish(process)
            options = ["train", "--resume", "killed"]
        self.assertEqual(self.result(*options)["steps"], 12)
        self.same("killed", "whole")
        self.assertEqual([], list(self.folder.glob("killed/**/.*.tmp")))

    def test_killing_a_run_whose_optimizer_keeps_more(self):
        more = ["--optimizer", "lamb", "--lr", 0.01, "--grad-accum", 2, "--clip-grad-norm", 0.5, "--no-weight-decay", "norm",
                "--freeze", "features.0,features.1", "--precision", "amp"]
        self.result(*self.options(None, *more, "--out", "whole"))
        options = self.options(None, *more, "--save-every", 1, "--out", "killed")
        draw = random.Random(5)
        for _ in range(2):
            process = self.start(*options)
            self.wait_for(self.folder / "killed" / "checkpoint/state.safetensors", process)
            time.sleep(draw.uniform(0, 0.2))
            process.kill()
            self.finish(process)
            options = ["train", "--resume", "killed"]
        self.assertEqual(self.result(*options)["steps"], 8)
        self.same("killed", "whole")

    def wait_for(self, path, process):
        """Until the file is there and was written to by this process."""
        before = path.stat().st_mtime_ns if path.exists() else None
        while process.poll() is None and (not path.exists() or path.stat().st_mtime_ns == before):
            time.sleep(0.002)

    def test_an_interrupt_ends_the_step_and_says_how_to_go_on(self):
        self.whole_run()
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            arguments = ["--resume", "stopped"] if status == 143 else self.options(None, "--out", "stopped")[1:]
            process = self.start("train", *arguments)
            self.wait_for(self.folder / "stopped" / "metrics.jsonl", process)
            process.send_signal(number)
            self.finish(process)
            if process.returncode == 0:  # it had finished already
                break
            self.assertEqual(process.returncode, status, process.stderr_text)
            self.assertIn("go on with: vkmbv3 train --resume stopped", process.stderr_text)
        self.result("train", "--resume", "stopped")
        self.same("stopped", "whole")

    def test_an_interrupt_that_also_ends_the_reader_of_messages_loses_nothing(self):
        """As Ctrl-C does in `vkmbv3 train 2>&1 | tee log`."""
        process = self.start(*self.options(None, "--out", "run"))
        self.wait_for(self.folder / "run" / "metrics.jsonl", process)
        process.stdout.close()
        process.stderr.close()
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(program.SECONDS), (130, 0))
        self.assertTrue((self.folder / "run/checkpoint/state.safetensors").exists())

    def test_other_settings_are_refused(self):
        self.result(*self.options(1, "--out", "run"))
        before = {path: path.read_bytes() for path in self.folder.glob("run/**/*") if path.is_file()}
        for name, value in (("seed", 1), ("precision", "amp"), ("batch-size", 4), ("width", 0.5)):
            self.refused(name.replace("-", " "), "train", "--resume", "run", f"--{name}", value)
        self.refused("split over devices.*--init run/weights.safetensors", "train", "--resume", "run", "--device", "0,0")
        self.refused("--init starts a run", "train", "--resume", "run", "--init", "run/weights.safetensors", status=2)
        self.refused("leave --out elsewhere away", "train", "--resume", "run", "--out", "elsewhere", status=2)
        self.refused("already holds a run.*--resume run", *self.options(1, "--out", "run"))
        self.refused("nowhere holds no run", "train", "--resume", "nowhere")
        self.assertEqual(before, {path: path.read_bytes() for path in self.folder.glob("run/**/*") if path.is_file()})

    def test_more_epochs_continue_a_schedule_that_does_not_span_them(self):
        step = ["--scheduler", "step", "--step-size", 1, "--gamma", 0.5]
        whole = self.result(*self.options(None, *step, "--out", "whole"))
        self.assertEqual(self.result(*self.options(None, *step, "--epochs", 2, "--out", "parts"))["epochs"], 2)
        parts = self.result("train", "--resume", "parts", "--epochs", 4)
        self.assertIn("changed: epochs 4 (was 2)", self.stderr_text)
        self.assertIn("the learning rate of step 7 is 0.0125 as it was to be: --scheduler step does not depend on --epochs",
                      self.stderr_text)
        self.assertIn("\nepochs: 4\n", (self.folder / "parts/config.yaml").read_text())
        self.same("parts", "whole")
        for result in whole, parts:
            result.pop("images_per_second")
        self.assertEqual(parts, whole)

    def test_more_epochs_change_the_learning_rate_of_a_cosine_and_it_is_said(self):
        self.result(*self.options(None, "--epochs", 2, "--out", "run"))
        self.assertEqual(self.result("train", "--resume", "run", "--epochs", 4)["steps"], 12)
        # Half of the cosine from 0.05 to 0 is behind it.
        self.assertIn("the learning rate of step 7 is 0.025 now and was to be 0: --scheduler cosine over 4 epochs instead of 2",
                      self.stderr_text)
        self.assertIn("start a new run with --init run/weights.safetensors", self.stderr_text)
        self.assertAlmostEqual(metrics(self.folder / "run", "step")[6]["lr"], 0.025, places=7)

    def test_a_run_that_is_over_says_so_and_its_last_numbers(self):
        last = self.result(*self.options(None, "--out", "run"))
        files = ("metrics.jsonl", "config.yaml", "weights.safetensors", "best.safetensors", "checkpoint/state.safetensors")
        before = [(self.folder / "run" / name).read_bytes() for name in files]
        for more in ([], ["--epochs", 4], ["--max-steps", 100]):
            result = self.result("train", "--resume", "run", *more)
            self.assertIn("nothing left to do: the run has its 4 epochs", self.stderr_text)
            for name in ("steps", "epochs", "loss", "val_top1", "val_top5", "skipped_steps"):
                self.assertEqual(result[name], last[name], name)
            self.assertGreater(result["images_per_second"], 0)
            if not more or more[0] == "--epochs":
                self.assertEqual(before, [(self.folder / "run" / name).read_bytes() for name in files])
        self.refused("has begun 4 epochs, more than --epochs 3.*--init run/weights.safetensors",
                     "train", "--resume", "run", "--epochs", 3)

    def test_a_run_goes_on_from_any_working_directory(self):
        self.whole_run()
        self.result(*self.options(4, "--out", "parts"))
        home, self.folder = self.folder, self.folder / "elsewhere"
        self.folder.mkdir()
        self.result("train", "--resume", home / "parts", "--max-steps", 6)
        self.assertNotIn("data tensors", self.stderr_text)
        self.folder = home
        # An older version wrote paths as they were given.
        config = self.folder / "parts/config.yaml"
        config.write_text(config.read_text().replace(f"tensors:{self.folder}/", "tensors:"))
        self.result("train", "--resume", "parts", "--max-steps", 100)
        self.assertNotIn("data tensors", self.stderr_text)
        self.same("parts", "whole")

    def test_a_file_of_options_beside_a_run_says_what_changes(self):
        """Not all that is in force: what it does not say is as it was."""
        self.result(*self.options(4, "--out", "run", "--optimizer", "adamw"))
        (self.folder / "more.yaml").write_text("lr: 0.02\n")
        self.result("train", "--resume", "run", "--config", "more.yaml")
        self.assertIn("changed: lr 0.02 (was 0.05)", self.stderr_text)
        for line in ("optimizer: adamw", "batch-size: 8", "lr: 0.02"):
            self.assertIn(line + "\n", (self.folder / "run/config.yaml").read_text())

    def test_what_is_changed_is_said(self):
        short = self.result(*self.options(1, "--log-every", 100, "--out", "run"))
        self.assertGreater(short["images_per_second"], 0)
        self.result("train", "--resume", "run", "--max-steps", 2, "--lr", 0.02, "--label-smoothing", 0.1)
        line = next(line for line in self.stderr_text.splitlines() if line.startswith("changed: "))
        self.assertEqual(line, "changed: label-smoothing 0.1 (was 0), lr 0.02 (was 0.05), max-steps 2 (was 1)")
        self.assertRegex(self.stderr_text, "the learning rate of step 2 is 0.0196.* now and was to be 0.049")
        self.assertIn("\nlr: 0.02\n", (self.folder / "run/config.yaml").read_text())

    def test_a_damaged_checkpoint_is_refused(self):
        self.result(*self.options(1, "--out", "run"))
        state = self.folder / "run" / "checkpoint" / "state.safetensors"
        whole = state.read_bytes()
        state.write_bytes(whole[:-100])
        self.refused("state.safetensors", "train", "--resume", "run")
        state.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
        self.refused("checksums do not match", "train", "--resume", "run")

    def test_the_configuration_holds_all_that_was_in_force(self):
        self.result(*self.options(1, "--nesterov", "--device", "0,0", "--mean", "0.5,0.25,0.125", "--out", "run"))
        text = (self.folder / "run" / "config.yaml").read_text()
        for line in ("nesterov: true", "device: 0,0", "mean: 0.5,0.25,0.125", "batch-size: 8", "width: 0.25", "lr: 0.05",
                     "momentum: 0.9", "augment: crop-pad4", "dropout: 0.2", f"data: tensors:{self.folder / 'train.safetensors'}"):
            self.assertIn(line + "\n", text)
        for name in ("out", "resume", "json", "quiet", "config"):
            self.assertNotIn(f"\n{name}:", "\n" + text)
        self.result("train", "--config", "run/config.yaml", "--out", "again")
        self.assertEqual(text, (self.folder / "again" / "config.yaml").read_text())
        self.same("again", "run")
