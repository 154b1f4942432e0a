"""The optimizers that PyTorch does not have, from their published formulas."""

import torch


class RMSpropTF(torch.optim.Optimizer):
    """TensorFlow's RMSProp, as timm's RMSpropTF has it: epsilon inside the root, the square begins with 1, and the
    learning rate is inside the momentum."""

    def __init__(self, parameters, lr=1e-2, alpha=0.9, eps=1e-10, weight_decay=0.0, momentum=0.0, centered=False):
        super().__init__(parameters, dict(lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
                                          centered=centered))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["square"] = torch.ones_like(p)
                    state["mean"], state["momentum"] = torch.zeros_like(p), torch.zeros_like(p)
                gradient = p.grad + group["weight_decay"] * p
                state["square"] += (1 - group["alpha"]) * (gradient**2 - state["square"])
                variance = state["square"]
                if group["centered"]:
                    state["mean"] += (1 - group["alpha"]) * (gradient - state["mean"])
                    variance = variance - state["mean"] ** 2
                step = group["lr"] * gradient / (variance + group["eps"]).sqrt()
                state["momentum"] = group["momentum"] * state["momentum"] + step
                p -= state["momentum"]


class Lamb(torch.optim.Optimizer):
    """timm's Lamb with its defaults: bias correction, averaged gradients, their norm at most 1, and no trust ratio
    without weight decay."""

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01, max_grad_norm=1.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))
        self.max_grad_norm, self.updates = max_grad_norm, 0

    @torch.no_grad()
    def step(self):
        self.updates += 1
        everything = [p for group in self.param_groups for p in group["params"]]
        norm = torch.stack([p.grad.norm() for p in everything]).norm()
        divisor = (norm / self.max_grad_norm).clamp(min=1)
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["m"], state["v"] = torch.zeros_like(p), torch.zeros_like(p)
                gradient = p.grad / divisor
                state["m"] = beta1 * state["m"] + (1 - beta1) * gradient
                state["v"] = beta2 * state["v"] + (1 - beta2) * gradient**2
                root = state["v"].sqrt() / (1 - beta2**self.updates) ** 0.5
                update = state["m"] / (1 - beta1**self.updates) / (root + group["eps"])
                if group["weight_decay"] != 0:
                    update = update + group["weight_decay"] * p
                    length, of_update = p.norm(), update.norm()
                    if length > 0 and of_update > 0:
                        update = update * (length / of_update)
                p -= group["lr"] * update


class Lion(torch.optim.Optimizer):
    """Algorithm 2 of "Symbolic Discovery of Optimization Algorithms", as timm has it."""

    def __init__(self, parameters, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, betas=betas, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["m"] = torch.zeros_like(p)
                update = (beta1 * state["m"] + (1 - beta1) * p.grad).sign()
                p -= group["lr"] * (update + group["weight_decay"] * p)
                state["m"] = beta2 * state["m"] + (1 - beta2) * p.grad


def adaptive_clip(module, factor, eps=1e-3):
    """timm's adaptive_clip_grad, without the last layer's weight and bias."""

    def norm(tensor):
        if tensor.ndim <= 1:
            return tensor.norm()
        return tensor.square().sum(dim=tuple(range(1, tensor.ndim)), keepdim=True).sqrt()

    for p in list(module.parameters())[:-2]:
        if p.grad is None:
            continue
        most, length = norm(p.detach()).clamp(min=eps) * factor, norm(p.grad)
        p.grad.copy_(torch.where(length < most, p.grad, p.grad * (most / length.clamp(min=1e-6))))
