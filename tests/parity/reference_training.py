"""The training loop of docs/cli.md ("Semantics") in PyTorch."""

import dataclasses

import kinks
import optimizers
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
    alpha: float = 0.9
    centered: bool = False
    no_weight_decay: str = "none"
    clip_norm: float = None
    clip_value: float = None
    agc: float = None
    accumulation: int = 1
    freeze: str = None
    frozen: tuple = ()  # names that those of frozen weights begin with
    frozen_norms: str = None  # "all": gamma and beta too, or "statistics"

    @property
    def images(self):
        return self.batch * self.steps * self.accumulation

    def flags(self):
        result = ["--batch-size", self.batch, "--max-steps", self.steps, "--optimizer", self.optimizer]
        result += ["--lr", self.lr, "--weight-decay", self.weight_decay]
        if self.optimizer in ("adam", "adamw", "lamb", "lion"):
            result += ["--beta1", self.beta1, "--beta2", self.beta2]
        if self.optimizer in ("adam", "adamw", "lamb", "rmsprop", "rmsprop_tf"):
            result += ["--eps", self.eps]
        if self.optimizer in ("rmsprop", "rmsprop_tf"):
            result += ["--alpha", self.alpha]
        if self.optimizer in ("sgd", "rmsprop", "rmsprop_tf"):
            result += ["--momentum", self.momentum]
        for name in ("nesterov", "centered"):
            if getattr(self, name):
                result.append(f"--{name}")
        limits = {"--clip-grad-norm": self.clip_norm, "--clip-grad-value": self.clip_value, "--agc": self.agc,
                  "--freeze": self.freeze}
        for name, value in limits.items():
            if value is not None:
                result += [name, value]
        result += ["--no-weight-decay", self.no_weight_decay, "--grad-accum", self.accumulation]
        result += ["--label-smoothing", self.label_smoothing, "--scheduler", "constant", "--warmup-epochs", 0]
        result += ["--epochs", 1, "--log-every", 1]
        return result

    def freeze_layers(self, module):
        for name, parameter in module.named_parameters():
            if any(name.startswith(start) for start in self.frozen):
                parameter.requires_grad = False
        for name, layer in module.named_modules():
            if not isinstance(layer, nn.BatchNorm2d):
                continue
            if self.frozen_norms or any(f"{name}.".startswith(start) for start in self.frozen):
                layer.eval()
            if self.frozen_norms == "all":
                layer.weight.requires_grad = layer.bias.requires_grad = False

    def groups(self, module):
        """The parameters that are trained, those that weight decay leaves alone in a group of their own."""
        norms = {p for layer in module.modules() if isinstance(layer, nn.BatchNorm2d) for p in layer.parameters()}

        def is_spared(p):
            return {"none": False, "norm": p in norms, "norm-and-bias": p.ndim <= 1}[self.no_weight_decay]

        trained = [p for p in module.parameters() if p.requires_grad]
        groups = [{"params": [p for p in trained if not is_spared(p)]},
                  {"params": [p for p in trained if is_spared(p)], "weight_decay": 0.0}]
        return [group for group in groups if group["params"]]

    def make_optimizer(self, module):
        groups, betas = self.groups(module), (self.beta1, self.beta2)
        common = {"lr": self.lr, "weight_decay": self.weight_decay}
        rms = {"alpha": self.alpha, "eps": self.eps, "momentum": self.momentum, "centered": self.centered}
        make = {
            "sgd": lambda: torch.optim.SGD(groups, momentum=self.momentum, nesterov=self.nesterov, **common),
            "rmsprop": lambda: torch.optim.RMSprop(groups, **rms, **common),
            "rmsprop_tf": lambda: optimizers.RMSpropTF(groups, **rms, **common),
            "adam": lambda: torch.optim.Adam(groups, betas=betas, eps=self.eps, **common),
            "adamw": lambda: torch.optim.AdamW(groups, betas=betas, eps=self.eps, **common),
            "lamb": lambda: optimizers.Lamb(groups, betas=betas, eps=self.eps, **common),
            "lion": lambda: optimizers.Lion(groups, betas=betas, **common),
        }
        return make[self.optimizer]()

    def clip(self, module):
        if self.agc is not None:
            optimizers.adaptive_clip(module, self.agc)
        if self.clip_value is not None:
            nn.utils.clip_grad_value_(module.parameters(), self.clip_value)
        if self.clip_norm is not None:
            nn.utils.clip_grad_norm_(module.parameters(), self.clip_norm)


def train(network, state, images, labels, recipe, dtype, memory_format=torch.contiguous_format, flips=()):
    """Returns (losses, state dict) in double precision after training in `dtype`, with activations flipped (kinks.py)."""
    module = network.build()
    module.load_state_dict(state)
    module.to(dtype=dtype, memory_format=memory_format).train()
    kinks.flip(module, flips)
    recipe.freeze_layers(module)
    optimizer = recipe.make_optimizer(module)
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe.label_smoothing)
    batches = zip(images.split(recipe.batch), labels.split(recipe.batch))
    losses = []
    for _ in range(recipe.steps):
        optimizer.zero_grad()
        total = 0
        for _ in range(recipe.accumulation):
            batch, targets = next(batches)
            loss = criterion(module(batch.to(dtype=dtype, memory_format=memory_format)), targets)
            (loss / recipe.accumulation).backward()
            total += loss.item()
        recipe.clip(module)
        optimizer.step()
        losses.append(total / recipe.accumulation)
    return losses, {name: tensor.detach().double().contiguous() for name, tensor in module.state_dict().items()}
