"""The training loop of docs/cli.md ("Semantics") in PyTorch."""

import dataclasses

import kinks
import torch
from torch import nn


@dataclasses.dataclass(frozen=True)
class Recipe:
    batch: int
    steps: int = 1
    lr: float = 0.05
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    optimizer: str = "sgd"
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    @property
    def images(self):
        return self.batch * self.steps

    def flags(self):
        result = ["--batch-size", self.batch, "--max-steps", self.steps, "--optimizer", self.optimizer]
        result += ["--lr", self.lr, "--weight-decay", self.weight_decay]
        if self.optimizer == "adamw":
            result += ["--beta1", self.beta1, "--beta2", self.beta2, "--eps", self.eps]
        else:
            result += ["--momentum", self.momentum]
        result += ["--label-smoothing", self.label_smoothing, "--scheduler", "constant", "--warmup-epochs", 0]
        result += ["--epochs", 1, "--log-every", 1]
        if self.nesterov:
            result.append("--nesterov")
        return result

    def make_optimizer(self, parameters):
        if self.optimizer == "adamw":
            return torch.optim.AdamW(parameters, lr=self.lr, betas=(self.beta1, self.beta2), eps=self.eps,
                                     weight_decay=self.weight_decay)
        return torch.optim.SGD(parameters, lr=self.lr, momentum=self.momentum, nesterov=self.nesterov,
                               weight_decay=self.weight_decay)


def train(network, state, images, labels, recipe, dtype, memory_format=torch.contiguous_format, flips=()):
    """Returns (losses, state dict) in double precision after training in `dtype`, with activations flipped (kinks.py)."""
    module = network.build()
    module.load_state_dict(state)
    module.to(dtype=dtype, memory_format=memory_format).train()
    kinks.flip(module, flips)
    optimizer = recipe.make_optimizer(module.parameters())
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    batches = zip(images.split(recipe.batch), labels.split(recipe.batch))
    losses = []
    for _ in range(recipe.steps):
        optimizer.zero_grad()
        batch, targets = next(batches)
        loss = criterion(module(batch.to(dtype=dtype, memory_format=memory_format)), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {name: tensor.detach().double().contiguous() for name, tensor in module.state_dict().items()}
