"""The networks of published programs (docs/models.md), each written from what that page and the papers say of it,
under the names that page gives to weights. They are the oracle for the tables in graph/models/tables."""

import math

import torch
from torch import nn
from torch.nn import functional

# Tables 1 and 2 of the V3 paper: kernel, expanded, out, squeeze-and-excite, h-swish, stride.
LARGE = [
    (3, 16, 16, 0, 0, 1), (3, 64, 24, 0, 0, 2), (3, 72, 24, 0, 0, 1), (5, 72, 40, 1, 0, 2), (5, 120, 40, 1, 0, 1),
    (5, 120, 40, 1, 0, 1), (3, 240, 80, 0, 1, 2), (3, 200, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1), (3, 184, 80, 0, 1, 1),
    (3, 480, 112, 1, 1, 1), (3, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1), (5, 960, 160, 1, 1, 1),
]
SMALL = [
    (3, 16, 16, 1, 0, 2), (3, 72, 24, 0, 0, 2), (3, 88, 24, 0, 0, 1), (5, 96, 40, 1, 1, 2), (5, 240, 40, 1, 1, 1),
    (5, 240, 40, 1, 1, 1), (5, 120, 48, 1, 1, 1), (5, 144, 48, 1, 1, 1), (5, 288, 96, 1, 1, 2), (5, 576, 96, 1, 1, 1),
    (5, 576, 96, 1, 1, 1),
]


def d8(channels):
    rounded = max(8, int(channels + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def c8(channels):
    return math.ceil(channels / 8) * 8


class Square(nn.Module):
    def forward(self, x):
        return x * x


class SamePadding(nn.Conv2d):
    """TensorFlow's: ceil(size / stride) outputs, the odd pixel at the end."""

    def forward(self, x):
        amounts = []
        for axis in (1, 0):
            size, stride, kernel = x.shape[axis + 2], self.stride[axis], self.kernel_size[axis]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            amounts += [total // 2, total - total // 2]
        return functional.conv2d(functional.pad(x, amounts), self.weight, self.bias, self.stride, 0, 1, self.groups)


def act(hard_swish):
    return nn.Hardswish() if hard_swish else nn.ReLU()


def conv(inputs, outputs, kernel, stride=1, groups=1, activation=None, kind=nn.Conv2d):
    padding = 0 if kind is SamePadding else kernel // 2
    layers = [kind(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([activation] if activation is not None else []))


def depthwise(channels, kernel, stride=1, activation=None, kind=nn.Conv2d):
    return conv(channels, channels, kernel, stride, channels, activation, kind)


class SqueezeExcite(nn.Module):
    """Scales its input; an activation may follow, or none of it happens but the layer keeps its number."""

    def __init__(self, channels, hidden, bias=True, then=None):
        super().__init__()
        self.fc1 = nn.Conv2d(channels, hidden, 1, bias=bias)
        self.fc2 = nn.Conv2d(hidden, channels, 1, bias=bias)
        self.then = then or nn.Identity()

    def forward(self, x):
        gate = functional.hardsigmoid(self.fc2(functional.relu(self.fc1(x.mean((2, 3), keepdim=True)))))
        return self.then(x * gate)


class Block(nn.Module):
    def __init__(self, layers, same_shape, skip=None):
        super().__init__()
        self.block = nn.Sequential(*layers)
        self.identity = same_shape and skip is None
        if skip is not None:
            self.skip = skip

    def forward(self, x):
        y = self.block(x)
        if self.identity:
            return y + x
        return y + self.skip(x) if hasattr(self, "skip") else y


class Classifier(nn.Sequential):
    """Fully connected layers and 1x1 convolutions of vectors, whichever comes."""

    def forward(self, x):
        for layer in self:
            if isinstance(layer, nn.Linear):
                x = x.flatten(1)
            elif isinstance(layer, (nn.Conv2d, nn.BatchNorm2d)):
                x = x.reshape(*x.shape[:2], 1, 1)
            x = layer(x)
        return x.flatten(1)


class Network(nn.Module):
    def __init__(self, features, classifier, pooled=None):
        super().__init__()
        self.features = nn.Sequential(*features)
        self.pooled = pooled or nn.Identity()
        self.classifier = Classifier(*classifier)

    def forward(self, x):
        return self.classifier(self.pooled(self.features(x).mean((2, 3), keepdim=True)))


def v3_block(inputs, row, out, expanded, squeeze, always=False, kind=nn.Conv2d):
    """`squeeze(expanded, activation)` -> (activation of the depthwise convolution, layers behind it)."""
    kernel, _, _, has_squeeze, hard_swish, stride = row
    layers = [conv(inputs, expanded, 1, activation=act(hard_swish))] if always or expanded != inputs else []
    behind, more = squeeze(expanded, hard_swish, has_squeeze)
    layers += [depthwise(expanded, kernel, stride, behind, kind), *more, conv(expanded, out, 1)]
    return Block(layers, stride == 1 and inputs == out)


def before(hidden, bias):
    """Squeeze-and-excite before the activation."""
    def layers(expanded, hard_swish, has_squeeze):
        if not has_squeeze:
            return act(hard_swish), []
        return None, [SqueezeExcite(expanded, hidden(expanded), bias, act(hard_swish))]
    return layers


def after(hidden):
    def layers(expanded, hard_swish, has_squeeze):
        return act(hard_swish), [SqueezeExcite(expanded, hidden(expanded))] if has_squeeze else []
    return layers


def quarter(channels):
    return channels // 4


def full_head(size, width):
    return size if width <= 1 else size * width


def ceiled_blocks(rows, width):
    """PengBoXiangShang's and kuan-wang's: features up to the last block."""
    features, inputs = [conv(3, 16, 3, 2, activation=nn.Hardswish())], 16
    for row in rows:
        out = c8(row[2] * width)
        features.append(v3_block(inputs, row, out, c8(row[1] * width), before(quarter, False), always=True))
        inputs = out
    return features, inputs


def pengbo_large(width, classes):
    rows = LARGE[:12] + [(5, 672, 112, 1, 1, 1), (5, 672, 160, 1, 1, 2), (5, 960, 160, 1, 1, 1)]
    features, inputs = ceiled_blocks(rows, width)
    last, hidden = c8(960 * width), c8(full_head(1280, width))
    features.append(conv(inputs, last, 1, activation=nn.Hardswish()))
    classifier = [nn.Conv2d(last, hidden, 1), nn.Hardswish(), nn.Identity(), nn.Conv2d(hidden, classes, 1)]
    return Network(features, classifier, nn.Hardswish())


def pengbo_small(width, classes):
    features, inputs = ceiled_blocks(SMALL, width)
    last, hidden = c8(576 * width), c8(full_head(1280, width))
    features += [conv(inputs, last, 1, activation=nn.Hardswish()), SqueezeExcite(last, last // 4, False)]
    classifier = [nn.Conv2d(last, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.Hardswish(), nn.Identity(),
                  nn.Conv2d(hidden, classes, 1, bias=False), nn.BatchNorm2d(classes), nn.Hardswish()]
    return Network(features, classifier, nn.Hardswish())


def kuanwang(rows, last, width, classes):
    features, inputs = ceiled_blocks(rows, width)
    last, hidden = c8(last * width), c8(full_head(1280, width))
    features.append(conv(inputs, last, 1, activation=nn.Hardswish()))
    return Network(features, [nn.Conv2d(last, hidden, 1), nn.Hardswish(), nn.Identity(), nn.Linear(hidden, classes)])


class NormBehindActivation(nn.Module):
    """The state dict's names are those of convolution and batch norm; what is between them changes place."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.add_module("0", nn.Conv2d(inputs, outputs, 1, bias=False))
        self.add_module("1", nn.BatchNorm2d(outputs))
        self.activation = nn.Hardswish()

    def forward(self, x):
        return self.get_submodule("1")(self.activation(self.get_submodule("0")(x)))


def jungin500_small(width, classes):
    inputs = int(16 * width)
    features = [conv(3, inputs, 3, 2, activation=nn.Hardswish())]
    for kernel, expanded, out, has_squeeze, hard_swish, stride in SMALL:
        out = int(out * width)
        layers = [conv(inputs, expanded, 1, activation=act(hard_swish)), depthwise(expanded, kernel, stride)]
        if has_squeeze:
            layers.append(SqueezeExcite(expanded, expanded))
        else:
            layers[-1].append(Square())
        layers.append(conv(expanded, out, 1))
        features.append(Block(layers, False, nn.Conv2d(inputs, out, 1, stride, bias=False)))
        inputs = out
    last, hidden = int(576 * width), int(1024 * width)
    features.append(NormBehindActivation(inputs, last))
    return Network(features, [nn.Linear(last, hidden), nn.Identity(), nn.Linear(hidden, classes)])


def showlo(rows, hidden, width, classes):
    inputs = d8(16 * width)
    features = [conv(3, inputs, 3, 2, activation=nn.Hardswish())]
    for row in rows:
        out, expanded = d8(row[2] * width), d8(row[1] * width)
        features.append(v3_block(inputs, row, out, expanded, before(quarter, False)))
        inputs = out
    last, hidden = d8(expanded * width), d8(full_head(hidden, width))
    features.append(conv(inputs, last, 1, activation=nn.Hardswish()))
    classifier = [nn.Conv2d(last, hidden, 1, bias=False), nn.Hardswish(), nn.Identity(), nn.Linear(hidden, classes)]
    return Network(features, classifier)


def dli14(rows, factors, hidden, width, classes):
    inputs = d8(16 * width)
    features = [conv(3, inputs, 3, 2, activation=nn.Hardswish())]
    for row, factor in zip(rows, factors):
        out, expanded = d8(row[2] * width), d8(inputs * factor)
        hidden_channels = lambda channels: d8(channels // 4)
        squeeze = after(hidden_channels) if inputs == expanded else before(hidden_channels, True)
        features.append(v3_block(inputs, row, out, expanded, squeeze))
        inputs = out
    hidden = d8(full_head(hidden, width))
    features.append(conv(inputs, expanded, 1, activation=nn.Hardswish()))
    return Network(features, [nn.Linear(expanded, hidden), nn.Hardswish(), nn.Identity(), nn.Linear(hidden, classes)])


def mindcv(rows, hidden, width, classes):
    inputs = d8(16 * width)
    features = [conv(3, inputs, 3, 2, activation=nn.Hardswish())]
    for row in rows:
        out, expanded = d8(row[2] * width), d8(row[1] * width)
        features.append(v3_block(inputs, row, out, expanded, after(lambda c: d8(c // 4)), kind=SamePadding))
        inputs = out
    last, hidden = 6 * inputs, d8(hidden * width)
    features.append(conv(inputs, last, 1, activation=nn.Hardswish()))
    return Network(features, [nn.Linear(last, hidden), nn.Hardswish(), nn.Identity(), nn.Linear(hidden, classes)])


def akrapukhin(rows, last, hidden, width, classes):
    inputs = int(16 * width)
    features, dense = [conv(3, inputs, 3, activation=nn.Hardswish())], 2

    def squeeze(expanded, hard_swish, has_squeeze):
        layer = SqueezeExcite(expanded, expanded // 4) if has_squeeze else nn.Identity()
        return act(hard_swish), [layer]

    for kernel, expanded, out, has_squeeze, hard_swish, stride in rows:
        if stride == 2 and dense > 0:
            stride, dense = 1, dense - 1
        out = int(out * width)
        row = (kernel, expanded, out, has_squeeze, hard_swish, stride)
        features.append(v3_block(inputs, row, out, int(expanded * width), squeeze, always=True))
        inputs = out
    last = int(last * width)
    features.append(conv(inputs, last, 1, activation=nn.Hardswish()))
    classifier = [nn.Conv2d(last, hidden, 1), nn.Hardswish(), nn.Identity(), nn.Conv2d(hidden, classes, 1)]
    return Network(features, classifier)


class V2Block(nn.Module):
    """V2's names: the projection and its batch norm stand beside each other."""

    def __init__(self, inputs, expanded, out, stride):
        super().__init__()
        layers = [conv(inputs, expanded, 1, activation=nn.ReLU6())] if expanded != inputs else []
        layers += [depthwise(expanded, 3, stride, nn.ReLU6()), nn.Conv2d(expanded, out, 1, bias=False), nn.BatchNorm2d(out)]
        self.conv = nn.Sequential(*layers)
        self.identity = stride == 1 and inputs == out

    def forward(self, x):
        return self.conv(x) + x if self.identity else self.conv(x)


def tonylins(width, classes):
    features, inputs = [conv(3, 32, 3, 2, activation=nn.ReLU6())], 32
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for factor, out, repeats, stride in stages:
        out = out if factor == 1 else c8(out * width)
        for i in range(repeats):
            features.append(V2Block(inputs, inputs * factor, out, stride if i == 0 else 1))
            inputs = out
    last = c8(full_head(1280, width))
    features.append(conv(inputs, last, 1, activation=nn.ReLU6()))
    return Network(features, [nn.Identity(), nn.Linear(last, classes)])


def v1(width, classes, rounded=d8, activation=nn.ReLU6):
    inputs = rounded(32 * width)
    features = [conv(3, inputs, 3, 2, activation=activation())]
    for out, stride in [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]:
        out = rounded(out * width)
        layers = [depthwise(inputs, 3, stride, activation()), conv(inputs, out, 1, activation=activation())]
        features.append(Block(layers, False))
        inputs = out
    return Network(features, [nn.Identity(), nn.Linear(inputs, classes)])


def v4_conv_small(width, classes):
    inputs = d8(32 * max(width, 1))  # as timm has it
    features = [conv(3, inputs, 3, 2, activation=nn.ReLU())]
    for kernel, out, stride in [(3, 32, 2), (1, 32, 1), (3, 96, 2), (1, 64, 1)]:
        features.append(conv(inputs, d8(out * width), kernel, stride, activation=nn.ReLU()))
        inputs = d8(out * width)
    rows = [(5, 5, 3, 96, 2), *[(0, 3, 2, 96, 1)] * 4, (3, 0, 4, 96, 1), (3, 3, 6, 128, 2), (5, 5, 4, 128, 1),
            (0, 5, 4, 128, 1), (0, 5, 3, 128, 1), (0, 3, 4, 128, 1), (0, 3, 4, 128, 1)]
    for start, middle, factor, out, stride in rows:
        out, expanded = d8(out * width), d8(inputs * factor)
        layers = [depthwise(inputs, start)] if start else []
        layers.append(conv(inputs, expanded, 1, activation=nn.ReLU()))
        if middle:
            layers.append(depthwise(expanded, middle, stride, nn.ReLU()))
        layers.append(conv(expanded, out, 1))
        features.append(Block(layers, stride == 1 and inputs == out))
        inputs = out
    last = d8(960 * width)
    features.append(conv(inputs, last, 1, activation=nn.ReLU()))
    classifier = [nn.Conv2d(last, 1280, 1, bias=False), nn.BatchNorm2d(1280), nn.ReLU(), nn.Identity(), nn.Linear(1280, classes)]
    return Network(features, classifier)


LARGE_FACTORS = [1, 4, 3, 3, 3, 3, 6, 2.5, 2.3, 2.3, 6, 6, 6, 6, 6]
SMALL_FACTORS = [1, 4.5, 3.67, 4, 6, 6, 3, 3, 6, 6, 6]

BUILDERS = {
    "pengbo_v3_large": pengbo_large,
    "pengbo_v3_small": pengbo_small,
    "kuanwang_v3_large": lambda *a: kuanwang(LARGE, 960, *a),
    "kuanwang_v3_small": lambda *a: kuanwang(SMALL, 576, *a),
    "jungin500_v3_small": jungin500_small,
    "showlo_v3_large": lambda *a: showlo(LARGE, 1280, *a),
    "showlo_v3_small": lambda *a: showlo(SMALL, 1024, *a),
    "dli14_v3_large": lambda *a: dli14(LARGE, LARGE_FACTORS, 1280, *a),
    "dli14_v3_small": lambda *a: dli14(SMALL, SMALL_FACTORS, 1024, *a),
    "mindcv_v1": lambda *a: v1(*a, rounded=int, activation=nn.ReLU),
    "mindcv_v3_large": lambda *a: mindcv(LARGE, 1280, *a),
    "mindcv_v3_small": lambda *a: mindcv(SMALL, 1024, *a),
    "akrapukhin_v3_large": lambda *a: akrapukhin(LARGE, 960, 1280, *a),
    "akrapukhin_v3_small": lambda *a: akrapukhin(SMALL, 576, 1024, *a),
    "tonylins_v2": tonylins,
    "mobilenet_v1": v1,
    "mobilenet_v4_conv_small": v4_conv_small,
}


def build(model, width, classes):
    return BUILDERS[model](width, classes)
