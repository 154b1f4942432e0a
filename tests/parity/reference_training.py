"""The training loop of docs/cli.md ("Semantics") in PyTorch."""

import dataclasses

import torch
from torch import nn


@dataclasses.dataclass(frozen=True)
class Recipe:
    batch: int
    steps: int = 1
    optimizer: str = "sgd"
    lr: float = 0.05
    momentum: float = 0.9
    nesterov: bool = False
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    clip_grad_norm: float = None
    grad_accum: int = 1

    @property
    def images(self):
        return self.batch * self.grad_accum * self.steps

    def flags(self):
        result = ["--batch-size", self.batch, "--max-steps", self.steps, "--optimizer", self.optimizer]
        result += ["--lr", self.lr, "--momentum", self.momentum, "--weight-decay", self.weight_decay]
        result += ["--label-smoothing", self.label_smoothing, "--scheduler", "constant", "--warmup-epochs", 0]
        result += ["--grad-accum", self.grad_accum, "--epochs", 1, "--log-every", 1]
        if self.nesterov:
            result.append("--nesterov")
        if self.clip_grad_norm is not None:
            result += ["--clip-grad-norm", self.clip_grad_norm]
        return result

    def make_optimizer(self, parameters):
        common = {"lr": self.lr, "weight_decay": self.weight_decay}
        if self.optimizer == "sgd":
            return torch.optim.SGD(parameters, momentum=self.momentum, nesterov=self.nesterov, **common)
        if self.optimizer == "rmsprop":
            # torchvision's recipe for MobileNetV3
            return torch.optim.RMSprop(parameters, alpha=0.9, eps=0.0316, momentum=self.momentum, **common)
        return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[self.optimizer](parameters, **common)


def train(network, state, images, labels, recipe, dtype, memory_format=torch.contiguous_format):
    """Returns (losses, state dict) in double precision after training in `dtype`."""
    module = network.build()
    module.load_state_dict(state)
    module.to(dtype=dtype, memory_format=memory_format).train()
    optimizer = recipe.make_optimizer(module.parameters())
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    batches = zip(images.split(recipe.batch), labels.split(recipe.batch))
    losses = []
    for _ in range(recipe.steps):
        optimizer.zero_grad()
        loss_sum = 0.0
        for _ in range(recipe.grad_accum):
            batch, targets = next(batches)
            loss = criterion(module(batch.to(dtype=dtype, memory_format=memory_format)), targets) / recipe.grad_accum
            loss.backward()
            loss_sum += loss.item()
        if recipe.clip_grad_norm is not None:
            nn.utils.clip_grad_norm_(module.parameters(), recipe.clip_grad_norm)
        optimizer.step()
        losses.append(loss_sum)
    return losses, {name: tensor.detach().double().contiguous() for name, tensor in module.state_dict().items()}
