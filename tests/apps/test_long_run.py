"""Memory stays flat from step to step. VKMBV3_LONG_RUN_STEPS=10000 makes it a long run (scripts/test.sh --all)."""

import os
import pathlib
import time

import program
from program import TINY, ProgramTest, metrics

STEPS = int(os.environ.get("VKMBV3_LONG_RUN_STEPS", 300))
WARM = 60  # steps until every buffer, pipeline and thread is there
GROWTH = 4 << 20  # bytes; one activation buffer of this network leaked a step would be more


class LongRunTest(ProgramTest):
    def test_memory_does_not_grow(self):
        """Everything a run does is in it: epochs, validations, checkpoints, two devices. Lavapipe's device memory is resident too."""
        program.save_images(self.folder / "train.safetensors", 80)
        program.save_images(self.folder / "val.safetensors", 10, seed=2)
        for devices in ("0", "0,0"):
            run = self.folder / devices
            process = self.start("train", *TINY, "--data", "tensors:train.safetensors", "--val-data", "tensors:val.safetensors",
                                 "--batch-size", 8, "--epochs", 1 << 20, "--max-steps", STEPS, "--log-every", 1,
                                 "--save-every", 50, "--lr", 0.01, "--device", devices, "--quiet", "--out", devices)
            sizes = {}
            while process.poll() is None:
                size, step = self.resident(process), self.steps(run)
                if size and step >= WARM:
                    sizes[step] = size
                time.sleep(0.05)
            self.finish(process)
            self.assertEqual(process.returncode, 0, process.stderr_text)
            self.assertEqual(metrics(run, "step")[-1]["step"], STEPS)
            order = sorted(sizes)
            self.assertGreater(order[-1] - order[0], STEPS / 3, "too few measurements")
            middle = len(order) // 2
            early, late = (max(sizes[step] for step in part) for part in (order[:middle], order[middle:]))
            print(f"devices {devices}: {early >> 10} KiB in the first half of {len(order)} measurements, {late >> 10} in the second")
            self.assertLess(late - early, GROWTH)

    @staticmethod
    def resident(process):
        try:
            return int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    @staticmethod
    def steps(run):
        try:
            return (run / "metrics.jsonl").read_bytes().count(b'"kind":"step"')
        except OSError:
            return 0
