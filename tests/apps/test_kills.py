"""Killed at random moments, a run with all that keeps a state ends as one that was not. VKMBV3_KILLS=10 asks for more
kills (scripts/test.sh long)."""

import os
import random
import time

import program
from program import TINY, ProgramTest, metrics

KILLS = int(os.environ.get("VKMBV3_KILLS", 2))
SEED = int(os.environ.get("VKMBV3_KILLS_SEED", 17))
STEPS_A_KILL = 40


class KillsTest(ProgramTest):
    def options(self):
        epochs = -(-KILLS * STEPS_A_KILL // 10)
        return ["train", *program.merged(
            *TINY, "--data", "pack:images.pack", "--shuffle-window", 16, "--batch-size", 8, "--epochs", epochs,
            "--optimizer", "adamw", "--lr", 0.002, "--no-weight-decay", "norm-and-bias", "--scheduler", "cosine", "--warmup-epochs", 1,
            "--ema-decay", 0.98, "--ema-warmup", "tensorflow", "--mixup", 0.2, "--cutmix", 1, "--label-smoothing", 0.1,
            "--augment", "random-resized-crop", "--aa", "rand-m9-mstd0.5-inc1", "--reprob", 0.25, "--drop-path", 0.1,
            "--precision", "amp", "--save-every", 3, "--val-every", 2, "--log-every", 1)]

    def make_data(self):
        draw = random.Random(3)
        for split, count in (("train", 83), ("val", 9)):
            for i in range(count):
                path = self.folder / "images" / split / f"class{i % 4}" / f"{i}.ppm"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"P6 33 27 255\n" + draw.randbytes(3 * 33 * 27))
        self.result("pack", "imagefolder:images", "images.pack", "--short-side", 24, "--keep", "raw")

    def test_killed_at_random_moments_a_run_ends_as_one_that_was_not(self):
        self.make_data()
        started = time.time()
        process = self.start(*self.options(), "--out", "whole")
        self.wait_for_steps("whole", process, 1)
        preparing = time.time() - started
        self.finish(process)
        self.assertEqual(process.returncode, 0, process.stderr_text)
        a_step = (time.time() - started - preparing) / self.steps("whole")
        draw = random.Random(SEED)
        options, moments = [*self.options(), "--out", "killed"], []
        for kill in range(KILLS):
            process = self.start(*options)
            started = time.time()
            # Two of three are killed within a step, a validation or a checkpoint, the others before their first step.
            if kill % 3 > 0:
                self.wait_for_steps("killed", process, draw.randrange(1, STEPS_A_KILL - 5))
                time.sleep(draw.uniform(0, 2 * a_step))
            else:
                time.sleep(draw.uniform(0, preparing))
            self.assertIsNone(process.poll(), f"the run ended before kill {kill + 1}")
            process.kill()
            moments.append(f"{time.time() - started:.2f} s (step {self.steps('killed')})")
            self.finish(process)
            if (self.folder / "killed" / "config.yaml").exists():
                options = ["train", "--resume", "killed"]
        print(f"{self.steps('whole')} steps of {1000 * a_step:.0f} ms; killed after {', '.join(moments)}", flush=True)
        self.result(*options)
        self.assertEqual(metrics(self.folder / "killed"), metrics(self.folder / "whole"))
        for name in ("weights.safetensors", "ema.safetensors", "best.safetensors", "checkpoint/state.safetensors"):
            self.assertEqual((self.folder / "killed" / name).read_bytes(), (self.folder / "whole" / name).read_bytes(), name)
        self.assertEqual([], list(self.folder.glob("killed/**/.*.tmp")))

    def wait_for_steps(self, run, process, count):
        """Until this process has written so many."""
        path = self.folder / run / "metrics.jsonl"
        before = path.stat().st_mtime_ns if path.exists() else None
        while process.poll() is None and (self.steps(run) == 0 or path.stat().st_mtime_ns == before):
            time.sleep(0.002)
        last = self.steps(run) + count - 1
        while process.poll() is None and self.steps(run) < last:
            time.sleep(0.002)

    def steps(self, run):
        path = self.folder / run / "metrics.jsonl"
        return path.read_bytes().count(b'"kind":"step"') if path.exists() else 0
