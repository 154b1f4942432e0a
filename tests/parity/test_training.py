"""Training against PyTorch in fp64, with the same weights, batches and optimizer.

The error allowed is the larger of 4 x that of PyTorch's own fp32 training (the worse of its two memory formats) and
1e-5 x the global norm. It is measured on the losses, on the running statistics and on what the optimizer did to each
parameter; with plain SGD at a learning rate of 1, that is the gradient.
"""

import dataclasses
import json
import pathlib
import tempfile

import program
import safetensors
import torch
from networks import Network, random_state
from reference_training import Recipe, train

OWN_ERROR_FACTOR = 4
NORM_FACTOR = 1e-5

CIFAR = {"num_classes": 10, "input_size": 32, "stem_stride": 1, "dropout": 0}
SMALL = Network("mobilenet_v3_small", **CIFAR)
GRADIENT = Recipe(batch=32, lr=1.0, momentum=0)
STEPS = Recipe(batch=32, steps=4, lr=0.01)

CASES = {
    "gradients_small": (SMALL, GRADIENT),
    "gradients_large": (Network("mobilenet_v3_large", **CIFAR), GRADIENT),
    "gradients_v2": (Network("mobilenet_v2", **CIFAR), GRADIENT),
    "gradients_small_minimalistic": (Network("mobilenet_v3_small_minimalistic", **CIFAR), GRADIENT),
    "gradients_large_075_odd_size": (
        Network("mobilenet_v3_large", width=0.75, num_classes=11, input_size=75, dropout=0), GRADIENT),
    "gradients_same_padding": (dataclasses.replace(SMALL, padding="same", stem_stride=2, input_size=64), GRADIENT),
    "gradients_squeeze_before_activation": (dataclasses.replace(SMALL, se_order="before"), GRADIENT),
    "gradients_label_smoothing": (SMALL, dataclasses.replace(GRADIENT, label_smoothing=0.1)),
    "sgd": (SMALL, dataclasses.replace(STEPS, weight_decay=1e-2)),
    "sgd_nesterov": (SMALL, dataclasses.replace(STEPS, nesterov=True, weight_decay=1e-2)),
    "sgd_large": (Network("mobilenet_v3_large", **CIFAR), STEPS),
}


def norm(tensors):
    return torch.stack([tensor.norm() for tensor in tensors]).norm().item()


class TrainingTest(program.DeviceTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def train(self, network, recipe, state, images, labels):
        """The program's losses and weights, in double precision."""
        weights, data, out = self.folder / "init.safetensors", self.folder / "data.safetensors", self.folder / "run"
        safetensors.save(weights, state)
        safetensors.save(data, {"images": images, "labels": labels})
        program.run(
            "train", *network.flags(), *recipe.flags(), "--data", f"tensors:{data}", "--no-augment", "--no-shuffle",
            "--init", weights, "--out", out,
        )
        rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        losses = [row["loss"] for row in rows if row["kind"] == "step"]
        trained, _ = safetensors.load(out / "weights.safetensors")
        return losses, {name: tensor.double() for name, tensor in trained.items()}

    def check(self, case):
        network, recipe = case
        # hard-swish's derivative jumps at +-3: with some seeds an activation lies within rounding of it, and one flip is
        # more than the error allowed, in PyTorch's fp32 as in ours. With this one none does.
        torch.manual_seed(31)
        module = network.build()
        state = random_state(module, network.input_size, seed=32)
        images = torch.randn(recipe.images, 3, network.input_size, network.input_size)
        labels = torch.randint(network.num_classes, (recipe.images,))

        reference = (network, state, images, labels, recipe)
        exact = train(*reference, torch.float64)
        own = [train(*reference, torch.float32, layout) for layout in (torch.contiguous_format, torch.channels_last)]
        losses, weights = self.train(network, recipe, state, images, labels)

        self.assertEqual(weights.keys(), exact[1].keys())
        self.check_losses(losses, exact[0], [run[0] for run in own])
        trained = [name for name, _ in module.named_parameters()]
        statistics = [name for name in state if "running" in name]
        for name in state:
            if name.endswith("num_batches_tracked"):
                self.assertEqual(weights[name], exact[1][name], name)
        for names in (trained, statistics):
            self.check_changes(names, state, weights, exact[1], [run[1] for run in own])

    def check_losses(self, losses, exact, own):
        def error(values):
            return sum((value - loss) ** 2 for value, loss in zip(values, exact)) ** 0.5

        self.assertEqual(len(losses), len(exact))
        global_norm = sum(loss**2 for loss in exact) ** 0.5
        allowed = max(OWN_ERROR_FACTOR * max(map(error, own)), NORM_FACTOR * global_norm)
        print(f"losses: error / allowed: {error(losses) / allowed:.2f}")
        self.assertLessEqual(error(losses), allowed)

    def check_changes(self, names, state, weights, exact, own):
        """Compares what training did to each of the named tensors."""
        global_norm = norm([exact[name] - state[name] for name in names])
        worst = (0, "")
        for name in names:
            own_error = max((run[name] - exact[name]).norm().item() for run in own)
            allowed = max(OWN_ERROR_FACTOR * own_error, NORM_FACTOR * global_norm)
            worst = max(worst, ((weights[name] - exact[name]).norm().item() / allowed, name))
        print(f"changes: worst error / allowed: {worst[0]:.2f} ({worst[1]})")
        self.assertLessEqual(worst[0], 1, worst[1])


program.add_cases(TrainingTest, TrainingTest.check, CASES)
