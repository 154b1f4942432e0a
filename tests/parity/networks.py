"""The program's model options, built from torchvision's classes, or as dialects.py says: the oracle of every comparison here."""

import dataclasses
import functools

import dialects
import torch
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenetv2, mobilenetv3
from torchvision.ops import SqueezeExcitation


@dataclasses.dataclass(frozen=True)
class Network:
    model: str
    width: float = 1.0
    num_classes: int = 1000
    input_size: int = 224
    stem_stride: int = 2
    block1_stride: int = 2
    padding: str = "symmetric"
    head: str = "scaled"
    se_order: str = "after"
    bn_eps: float = None
    bn_momentum: float = None
    dropout: float = None

    def flags(self):
        """The same network for the command line; options at their default are left out."""
        result = ["--model", self.model]
        for field in dataclasses.fields(self)[1:]:
            value = getattr(self, field.name)
            if value != field.default:
                result += [f"--{field.name.replace('_', '-')}", str(value)]
        return result

    def build(self):
        if self.model in dialects.BUILDERS:
            return dialects.build(self.model, self.width, self.num_classes)
        v2 = self.model == "mobilenet_v2"
        norm = functools.partial(
            nn.BatchNorm2d,
            eps=self.bn_eps if self.bn_eps is not None else (1e-5 if v2 else 1e-3),
            momentum=self.bn_momentum if self.bn_momentum is not None else (0.1 if v2 else 0.01),
        )
        dropout = self.dropout if self.dropout is not None else 0.2
        network = self._v2(norm, dropout) if v2 else self._v3(norm, dropout)
        network.features[0][0].stride = (self.stem_stride, self.stem_stride)
        if self.se_order == "before":
            squeeze_before_activation(network)
        if self.padding == "same":
            pad_as_tensorflow(network)
        return network

    def _v2(self, norm, dropout):
        if self.head != "scaled":
            raise ValueError("torchvision's V2 has one head")
        rows = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
        rows[1][3] = self.block1_stride
        return mobilenetv2.MobileNetV2(
            self.num_classes, self.width, inverted_residual_setting=rows, norm_layer=norm, dropout=dropout
        )

    def _v3(self, norm, dropout):
        base = self.model.replace("_minimalistic", "")
        minimalistic = base != self.model
        rows, last = mobilenetv3._mobilenet_v3_conf(base, width_mult=self.width)
        if self.head == "full":
            last = {"mobilenet_v3_large": 1280, "mobilenet_v3_small": 1024}[base]
        next(row for row in rows if row.stride == 2).stride = self.block1_stride
        if minimalistic:
            for row in rows:
                row.kernel, row.use_se, row.use_hs = 3, False, False
        network = mobilenetv3.MobileNetV3(rows, last, self.num_classes, norm_layer=norm, dropout=dropout)
        if minimalistic:
            for parent in (network.features[0], network.features[-1], network.classifier):
                for name, child in parent.named_children():
                    if isinstance(child, nn.Hardswish):
                        setattr(parent, name, nn.ReLU())
        return network


def squeeze_before_activation(network):
    """Moves each depthwise activation behind its squeeze-and-excite. Hooks keep the state dict's names."""
    for block in network.features:
        if not isinstance(block, mobilenetv3.InvertedResidual):
            continue
        layers = list(block.block)
        for depthwise, squeeze in zip(layers, layers[1:]):
            if isinstance(squeeze, SqueezeExcitation):
                activation = depthwise[2]
                depthwise[2] = nn.Identity()
                squeeze.register_forward_hook(lambda _, __, output, activation=activation: activation(output))


def pad_as_tensorflow(network):
    """`same` padding: ceil(size / stride) outputs, the odd pixel of padding at the end."""

    def pad(convolution, inputs):
        amounts = []
        for axis in (3, 2):  # functional.pad starts from the last axis
            size, stride, kernel = inputs[0].shape[axis], convolution.stride[axis - 2], convolution.kernel_size[axis - 2]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            amounts += [total // 2, total - total // 2]
        return functional.pad(inputs[0], amounts)

    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1):
            module.padding = (0, 0)
            module.register_forward_pre_hook(pad)


def random_state(network, input_size, seed):
    """A state dict with nothing at its default and running statistics that fit the weights, as after training:
    statistics that do not would amplify rounding from layer to layer."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in network.parameters():
        scale = parameter.dim() == 1 and parameter.mean() == 1  # batch norm's weights start at one, every bias at zero
        with torch.no_grad():
            if scale:
                parameter.uniform_(0.5, 1.5, generator=generator)
            elif parameter.dim() == 1:
                parameter.normal_(0, 0.1, generator=generator)
            else:
                parameter.normal_(0, (2 / parameter[0].numel()) ** 0.5, generator=generator)
    was_training = network.training
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [module.momentum for module in norms]
    for module in norms:
        module.momentum = 1
    with torch.no_grad():
        network.train()(torch.randn(8, 3, input_size, input_size, generator=generator))
    for module, momentum in zip(norms, momenta):
        module.momentum = momentum
    network.train(was_training)
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}
