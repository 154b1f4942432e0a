"""The first steps of every recipe against its program written in PyTorch: optimizer, what weight decay leaves alone, the
learning rate of each step, loss and moving average, over two epochs of a small network without anything random.

A program stands here as its authors have it and not as train/recipes/ does. Where its epsilon is far below the gradients'
rounding, so that the sign of a gradient that may be zero moves a weight, it is replaced on both sides: tests/apps/recipes_test.cpp
has the numbers themselves. Errors are allowed as in test_training.py.
"""

import dataclasses
import json
import math
import pathlib
import tempfile
from typing import Callable

import optimizers
import program
import safetensors
import torch
from networks import Network, random_state
from test_training import NORM_FACTOR, OWN_ERROR_FACTOR, norm, worst_change
from torch import nn

EPOCH, EPOCHS, BATCH = 3, 2, 8  # steps, epochs that are compared, images
TINY = Network("mobilenet_v3_small", width=0.25, num_classes=10, input_size=16, stem_stride=1, dropout=0)
COARSE_EPSILON = 1e-2


def groups(module, spared):
    """All parameters, those that weight decay leaves alone apart."""
    norms = {p for layer in module.modules() if isinstance(layer, nn.BatchNorm2d) for p in layer.parameters()}
    rules = {"none": lambda p: False, "norm": lambda p: p in norms, "vectors": lambda p: p.ndim <= 1}
    without = [p for p in module.parameters() if rules[spared](p)]
    decayed = [p for p in module.parameters() if not rules[spared](p)]
    return [group for group in ({"params": decayed}, {"params": without, "weight_decay": 0.0}) if group["params"]]


@dataclasses.dataclass(frozen=True)
class Program:
    optimizer: Callable  # of a module
    rate: Callable  # of epoch and step in it, from 0
    smoothing: float = 0.0
    average: Callable = None  # the decay of update 1, 2, ..., or None where the average is the weights themselves
    buffers: bool = True  # of the average, too
    every: int = 1
    coarse: bool = False  # another epsilon
    seed: int = 31  # of weights and images
    frozen_norms: bool = False  # batch norm stays as it is


def sgd(lr, decay=0.0, spared="none", **more):
    return lambda module: torch.optim.SGD(groups(module, spared), lr=lr, momentum=0.9, weight_decay=decay, **more)


def pengbo(epoch, _):
    return next(rate for end, rate in ((105, 1e-1), (125, 1e-2), (135, 1e-3), (145, 1e-4), (1 << 30, 1e-5)) if end > epoch)


def jungin500(epoch, _):
    return 0.005 * 0.99 ** sum(e % 3 == 0 and e != 0 for e in range(epoch))


def mindcv(lr, decay_epochs):
    def rate(epoch, step):
        t = epoch + step / EPOCH
        return lr * t / 4 if t < 4 else lr / 2 * (1 + math.cos(math.pi * (t - 4) / decay_epochs))
    return Program(sgd(lr, 2e-5, "norm"), rate, smoothing=0.1)


def timm_warmup(first, lr, epochs):
    return lambda epoch: first + epoch * (lr - first) / epochs


def timm_step(epoch, _):
    return timm_warmup(1e-6, 0.064, 3)(epoch) if epoch < 3 else 0.064 * 0.973 ** (epoch // 2.4)


def timm_ra():
    return Program(lambda module: optimizers.RMSpropTF(groups(module, "vectors"), lr=0.064, alpha=0.9, eps=1e-3, momentum=0.9,
                                                       weight_decay=1e-5),
                   timm_step, smoothing=0.1, average=lambda k: 0.9999)


def timm_lamb(decay):
    return Program(lambda module: optimizers.Lamb(groups(module, "vectors"), lr=0.005, weight_decay=decay, eps=COARSE_EPSILON),
                   lambda epoch, _: timm_warmup(1e-4, 0.005, 5)(epoch), smoothing=0.1, average=lambda k: 0.9999, coarse=True)


def torchvision_v3():
    # Its learning rate is high from the first step on: with the usual seed rounding grows beyond the error allowed.
    return Program(lambda module: torch.optim.RMSprop(module.parameters(), lr=0.064, momentum=0.9, weight_decay=1e-5, eps=0.0316,
                                                      alpha=0.9),
                   lambda epoch, _: 0.064 * 0.973 ** (epoch // 2), seed=41)


def ema_of_jungin500(k):
    return min(0.9999, (1 + k) / (10 + k))


def ours(lr, warmup, epochs):
    """A warm-up whose first step is not 0, and a cosine over what is left, a step at a time."""
    def rate(epoch, step):
        u, w = epoch * EPOCH + step, warmup * EPOCH
        return lr * min(1, (u + 1) / w) if u < w else lr / 2 * (1 + math.cos(math.pi * (u - w) / (epochs * EPOCH - w)))
    return rate


PROGRAMS = {
    "pengbo_v3_small": Program(sgd(0.1, 1e-5), pengbo),
    "pengbo_v3_small_dropout": Program(sgd(0.1, 1e-5), pengbo),
    "showlo_v2": Program(sgd(0.045, 4e-5), lambda epoch, _: 0.045 * 0.98**epoch),
    "jungin500_v3_small_adam": Program(
        lambda module: torch.optim.Adam(module.parameters(), lr=0.005, eps=COARSE_EPSILON), jungin500,
        average=ema_of_jungin500, buffers=False, coarse=True),
    "jungin500_v3_small_rmsprop": Program(
        lambda module: torch.optim.RMSprop(module.parameters(), lr=0.005, weight_decay=1e-5, momentum=0.9, eps=COARSE_EPSILON),
        jungin500, average=ema_of_jungin500, buffers=False, coarse=True),
    "akrapukhin_v3_small_025": Program(sgd(0.1), lambda epoch, _: 0.1 * 0.1 ** sum(epoch >= e for e in (15, 20, 30))),
    "akrapukhin_v3_large_025": Program(sgd(0.1), lambda epoch, _: 0.1 * 0.1 ** sum(epoch >= e for e in (15, 20, 30))),
    "mindcv_v3_large": mindcv(1.08, 416),
    "mindcv_v3_small": mindcv(0.77, 466),
    "timm_ra_v3_large": timm_ra(),
    "timm_ra_v2": timm_ra(),
    "timm_lamb_v3_small": timm_lamb(0.1),
    "timm_lamb_v2_050": timm_lamb(7e-6),
    "timm_ra4_v3_large": Program(
        lambda module: torch.optim.AdamW(groups(module, "vectors"), lr=0.002, betas=(0.6, 0.999), eps=COARSE_EPSILON,
                                         weight_decay=0.01),
        lambda epoch, step: 0.002 * (epoch + step / EPOCH) / 5, smoothing=0.1, average=lambda k: None, coarse=True),
    "torchvision_v2": Program(sgd(0.045, 4e-5), lambda epoch, _: 0.045 * 0.98**epoch),
    "torchvision_v2_improved": Program(
        sgd(0.5, 2e-5, "norm"), lambda epoch, _: 0.5 * (0.01 + 0.99 * epoch / 5), smoothing=0.1, average=lambda k: None,
        every=32),
    "torchvision_v3_large": torchvision_v3(),
    "torchvision_v3_small": torchvision_v3(),
    "finetune": Program(
        lambda module: torch.optim.AdamW(groups(module, "vectors"), lr=5e-4, eps=COARSE_EPSILON, weight_decay=0.01),
        ours(5e-4, 0.5, 10), smoothing=0.1, coarse=True, frozen_norms=True),
    "cifar": Program(sgd(0.1, 5e-4, "vectors", nesterov=True), ours(0.1, 2, 100), smoothing=0.1),
}


class RecipesTest(program.DeviceTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def draw(self, seed):
        torch.manual_seed(seed)
        self.module = TINY.build()
        self.state = random_state(self.module, TINY.input_size, seed=seed + 1)
        self.images = torch.randn(EPOCH * BATCH, 3, TINY.input_size, TINY.input_size)
        self.labels = torch.randint(TINY.num_classes, (EPOCH * BATCH,))

    def in_pytorch(self, case, dtype, memory_format=torch.contiguous_format):
        """(losses, weights, their average) in double precision."""
        module = TINY.build()
        module.load_state_dict(self.state)
        module.to(dtype=dtype, memory_format=memory_format).train()
        for layer in module.modules():
            if case.frozen_norms and isinstance(layer, nn.BatchNorm2d):
                layer.eval().requires_grad_(False)
        optimizer = case.optimizer(module)
        criterion = nn.CrossEntropyLoss(label_smoothing=case.smoothing)
        average = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        losses = []
        for epoch in range(EPOCHS):
            for step, (images, labels) in enumerate(zip(self.images.split(BATCH), self.labels.split(BATCH))):
                for group in optimizer.param_groups:
                    group["lr"] = case.rate(epoch, step)
                optimizer.zero_grad()
                loss = criterion(module(images.to(dtype=dtype, memory_format=memory_format)), labels)
                loss.backward()
                optimizer.step()
                losses.append(loss.item())
                self.average(case, average, module, len(losses))
        in_double = [{name: tensor.detach().double().contiguous() for name, tensor in values.items()}
                     for values in (module.state_dict(), average)]
        return losses, *in_double

    @staticmethod
    def average(case, average, module, updates):
        if case.average is None:
            return
        decay, weights = case.average(updates), {name for name, _ in module.named_parameters()}
        for name, tensor in module.state_dict().items():
            if decay is None or not tensor.is_floating_point() or (name not in weights and not case.buffers):
                average[name].copy_(tensor)
            elif (updates - 1) % case.every == 0:
                average[name] += (1 - decay) * (tensor - average[name])

    def in_vkmbv3(self, name, case):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        weights, data, out = folder / "init.safetensors", folder / "data.safetensors", folder / "run"
        safetensors.save(weights, self.state)
        safetensors.save(data, {"images": self.images, "labels": self.labels})
        program.run(
            "train", "--recipe", name, *TINY.flags(), "--block1-stride", 2, "--bn-eps", 1e-3, "--bn-momentum", 0.01,
            *(["--eps", COARSE_EPSILON] if case.coarse else []), "--batch-size", BATCH, "--max-steps", EPOCH * EPOCHS,
            "--drop-path", 0, "--mixup", 0, "--cutmix", 0, "--no-augment", "--no-shuffle", "--log-every", 1, "--data",
            f"tensors:{data}", "--init", weights, "--out", out)
        rows = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
        steps = [row for row in rows if row["kind"] == "step"]
        tensors = [{key: tensor.double() for key, tensor in safetensors.load(file)[0].items()}
                   for file in (out / "weights.safetensors", out / "ema.safetensors") if file.exists()]
        return [row["lr"] for row in steps], [row["loss"] for row in steps], *tensors

    def check(self, case):
        name, case = case
        program.check_drawn(case.seed, lambda seed: self.check_seed(name, case, seed))

    def check_seed(self, name, case, seed):
        self.draw(seed)
        exact = self.in_pytorch(case, torch.float64)
        own = [self.in_pytorch(case, torch.float32, layout) for layout in (torch.contiguous_format, torch.channels_last)]
        rates, losses, *tensors = self.in_vkmbv3(name, case)
        for step, rate in enumerate(rates):
            wanted = case.rate(*divmod(step, EPOCH))
            self.assertLessEqual(abs(rate - wanted), 1e-6 * wanted, f"learning rate of step {step}")
        self.assertEqual(len(tensors), 1 if case.average is None else 2, "an average is kept where the program has one")

        def distance(values):
            return sum((a - b) ** 2 for a, b in zip(values, exact[0])) ** 0.5

        allowed = max(OWN_ERROR_FACTOR * max(distance(run[0]) for run in own), NORM_FACTOR * distance([0] * len(losses)))
        self.assertEqual(len(losses), len(exact[0]))
        self.assertLessEqual(distance(losses), allowed, "losses")
        parameters = {key for key, _ in self.module.named_parameters()}
        for which, got in enumerate(tensors, start=1):
            for names in (parameters, {key for key in self.state if "running" in key}):
                self.check_changes(got, exact[which], [run[which] for run in own], names)

    def check_changes(self, got, exact, own, names):
        whole = norm([exact[name] - self.state[name] for name in names])
        allowed = {name: max(OWN_ERROR_FACTOR * max((run[name] - exact[name]).norm().item() for run in own), NORM_FACTOR * whole)
                   for name in names}
        error, name = worst_change(got, exact, allowed)
        print(f"worst error / allowed: {error:.2f} ({name})")
        self.assertLessEqual(error, 1, name)

    def test_every_recipe_is_compared(self):
        listed = [recipe["name"] for recipe in json.loads(program.run("train", "--recipe", "list"))]
        self.assertEqual(sorted(PROGRAMS), listed)


program.add_cases(RecipesTest, RecipesTest.check, {name: (name, case) for name, case in PROGRAMS.items()})
