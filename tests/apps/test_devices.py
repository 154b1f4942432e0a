"""Data parallel training: two logical devices on one driver, and two drivers of different vendors."""

import program
from program import FEW_LAYERS, LAVAPIPE, SWIFTSHADER, TINY, ProgramTest, floats, load_tensors, metrics

ROUNDING = 1e-5  # relative, of three fp32 steps whose sums are taken in another order; ten times what was measured


class DevicesTest(ProgramTest):
    drivers = (LAVAPIPE, SWIFTSHADER)
    # Software drivers are listed with SwiftShader first; the other one keeps what it has compiled.
    LISTS = ("1,1", "1,0")

    def train(self, out, *more, steps=3, network=FEW_LAYERS):
        """Batches of 9, so the shares are uneven; pictures are augmented and dropout is on."""
        options = program.merged(*network, "--num-classes", 10, "--data", "synthetic:40", "--batch-size", 9, "--epochs", 50,
                                 "--augment", "crop-pad4", "--dropout", 0.5, "--lr", 0.05, "--scheduler", "constant",
                                 "--device", 1, "--max-steps", steps, "--log-every", 1, "--out", out, *more)
        self.result("train", *options)
        return [row["loss"] for row in metrics(self.folder / out, "step")]

    def weights(self, run):
        tensors, _ = load_tensors(self.folder / run / "weights.safetensors")
        return {name: floats(tensor) for name, tensor in tensors.items() if tensor[0] == "F32"}

    def errors(self, run, losses, exact_run, exact_losses):
        """The worst relative error of the losses and of the weights."""
        of_losses = max(abs(a - b) / b for a, b in zip(losses, exact_losses, strict=True))
        weights, exact = self.weights(run), self.weights(exact_run)
        of_weights = max(max(abs(a - b) for a, b in zip(weights[name], values, strict=True)) / max(*map(abs, values), 1e-2)
                         for name, values in exact.items())
        return of_losses, of_weights

    def test_synchronised_devices_compute_what_one_does(self):
        exact = self.train("one", "--device", 1, network=TINY)
        for devices in self.LISTS:
            losses = self.train(devices, "--device", devices, "--sync-bn", network=TINY)
            self.assertLess(max(self.errors(devices, losses, "one", exact)), ROUNDING, devices)
        for difference in (["--dropout", 0], ["--augment", "none"], ["--device", "1,1"]):  # each would be noticed
            name = f"without {difference[0][2:]}"
            losses = self.train(name, *difference, network=TINY)
            self.assertGreater(min(self.errors(name, losses, "one", exact)), 10 * ROUNDING, difference)

    def test_a_record_is_of_devices_in_an_order(self):
        self.train("run", "--device", "0,1", "--shares", "2,1", steps=2)
        self.train("again", "--device", "0,1", "--shares", "run", steps=2)
        self.assertEqual(*((self.folder / run / "weights.safetensors").read_bytes() for run in ("run", "again")))
        network = program.merged(*FEW_LAYERS, "--num-classes", 10)
        self.refused("--shares run: its devices were SwiftShader.* [+] llvmpipe.*, and here they are llvmpipe.* [+] SwiftShader.*: "
                     "name them in that order", "train", *network, "--data", "synthetic:40", "--batch-size", 9, "--device", "1,0",
                     "--shares", "run", "--out", "other")
        self.train("others", "--device", "1,1", "--shares", "run", steps=2)
        self.assertIn("weights will not be the same bits", self.stderr_text)

    def test_devices_with_their_own_statistics_learn(self):
        program.save_images(self.folder / "train.safetensors", 36)
        # Nearly all images a batch, half of them a device: with a few, its statistics are noise, and what is learned is chance.
        losses = self.train("run", "--device", "0,1", "--shares", "equal", "--data", "tensors:train.safetensors", "--num-classes", 4,
                            "--dropout", 0, "--lr", 0.1, "--batch-size", 35, steps=24, network=TINY)
        self.assertLess(sum(losses[-4:]), 0.6 * sum(losses[:4]))

    def test_devices_with_their_own_statistics_give_the_same_bits_twice(self):
        for devices in self.LISTS:
            self.train(f"first {devices}", "--device", devices, steps=5)
            self.train(f"second {devices}", "--device", devices, steps=5)
            for name in ("weights.safetensors", "checkpoint/state.safetensors"):
                first, second = (self.folder / f"{run} {devices}" / name for run in ("first", "second"))
                self.assertEqual(first.read_bytes(), second.read_bytes(), name)

    def test_a_run_on_two_devices_resumes_bit_for_bit(self):
        self.train("whole", "--device", "0,1", steps=6)
        self.train("parts", "--device", "0,1", steps=2)
        self.result("train", "--resume", "parts", "--max-steps", 6)
        self.assertEqual(metrics(self.folder / "whole"), metrics(self.folder / "parts"))
        for name in ("weights.safetensors", "checkpoint/state.safetensors"):
            self.assertEqual((self.folder / "whole" / name).read_bytes(), (self.folder / "parts" / name).read_bytes(), name)

    def test_all_devices_agree_on_a_loss_that_is_not_finite(self):
        options = program.merged(*FEW_LAYERS, "--num-classes", 10, "--data", "synthetic:40", "--batch-size", 9, "--epochs", 50,
                                 "--lr", "1e10", "--scheduler", "constant", "--device", "0,1", "--out", "run", "--quiet")
        self.refused("the loss of step . is not finite: first in .* on device", "train", *options)
