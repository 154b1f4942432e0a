"""The names that published programs give the layers of dialects.py's networks. A state dict of those has ours; each
rule here is a pattern of one of our names and what it is called there."""

import re

V3_SMALL, V3_LARGE = 11, 15
PLACE = r"features\.(\d+)\.block\.(\d)\."


def block(name):
    """A bottleneck's weight -> (block from 1, place in it, the rest of the name), or nothing."""
    match = re.match(PLACE + r"(.*)", name)
    return (int(match[1]), int(match[2]), match[3]) if match else None


def pengbo_small(name, layers):
    if found := block(name):
        number, place, rest = found
        if "fc" in rest:
            return f"features.{number}.conv.5.{rest.replace('fc1', 'fc.0').replace('fc2', 'fc.2')}"
        first = {0: 0, 1: 3}.get(place, 7)
        return f"features.{number}.conv.{first + int(rest[0])}{rest[1:]}"
    name = re.sub(r"^features\.13\.fc([12])", lambda m: f"features.13.fc.{2 * int(m[1]) - 2}", name)
    return re.sub(r"^classifier\.(\d)", lambda m: "features." + {"0": "16.0", "1": "16.1", "4": "17.0", "5": "17.1"}[m[1]], name)


def jungin500(name, layers):
    if found := block(name):
        number, place, rest = found
        if "fc" in rest:
            return f"features.{number + 2}.squeeze_excite_0.se_{rest[2]}_0{rest[3:]}"
        layer = {0: "bottleneck_0", 1: "bottleneck_1"}.get(place, "bottleneck_final")
        return f"features.{number + 2}.{layer}_{rest}"
    name = re.sub(r"^features\.(\d+)\.skip", lambda m: f"features.{int(m[1]) + 2}.bottleneck_final_2", name)
    name = re.sub(r"^features\.0\.", "features.", name)
    name = re.sub(r"^features\.12\.([01])", lambda m: f"features.{14 + 2 * int(m[1])}", name)
    return re.sub(r"^classifier\.(\d)", lambda m: f"classifiers.{ {'0': 2, '2': 4}[m[1]]}", name)


def dli14_large(name, layers):
    if found := block(name):
        number, place, rest = found
        expands = number > 1
        if "fc" in rest:
            return f"features.{number}.conv.5.{rest.replace('fc1', 'fc.0').replace('fc2', 'fc.2')}"
        is_projection = not any(key.startswith(f"features.{number}.block.{place + 1}.") for key in layers)
        first = (7 if expands else 4) if is_projection else 3 * place
        return f"features.{number}.conv.{first + int(rest[0])}{rest[1:]}"
    return re.sub(r"^features\.16\.", "conv.", name)


def mindcv_large(name, layers):
    if name.endswith("num_batches_tracked"):
        return None
    norm = name.rsplit(".", 1)[0] + ".running_var" in layers
    head, field = name.rsplit(".", 1)
    if norm:
        field = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}[field]
    if found := block(name):
        number, place, rest = found
        has_squeeze = any(key.startswith(f"features.{number}.block.{place - 1}.fc1") for key in layers)
        if "fc" in rest:
            return f"features.{number + 2}.layers.{3 * place}.{'conv_reduce' if 'fc1' in rest else 'conv_expand'}.{field}"
        first = 3 * place - (2 if has_squeeze else 0)
        return f"features.{number + 2}.layers.{first + int(rest[0])}.{field}"
    head = re.sub(r"^features\.0\.", "features.", head)
    head = re.sub(r"^features\.16\.([01])", lambda m: f"features.{18 + int(m[1])}", head)
    return f"{head}.{field}"


def akrapukhin_small(name, layers):
    if found := block(name):
        number, place, rest = found
        start = f"bottlenecks_1.{number - 1}."
        if "fc" in rest:
            return start + "se_block." + rest.replace("fc1", "conv_0.1").replace("fc2", "conv_1.0")
        return start + {0: "pointwise_0", 1: "depthwise_1"}.get(place, "pointwise_2") + "." + rest
    name = re.sub(r"^features\.0\.", "conv_0.", name)
    name = re.sub(r"^features\.12\.", "conv_2.", name)
    return name.replace("classifier.0", "conv_3.1").replace("classifier.3", "conv_4")


RULES = {
    "pengbo_v3_small": pengbo_small,
    "jungin500_v3_small": jungin500,
    "dli14_v3_large": dli14_large,
    "mindcv_v3_large": mindcv_large,
    "akrapukhin_v3_small": akrapukhin_small,
}
LINEAR = re.compile(r"\.fc\.[02]\.|\.se_[12]_0\.")  # squeeze-and-excite of matrices


def original(model, state):
    """A state dict under the program's own names and shapes."""
    renamed = {}
    for name, tensor in state.items():
        new = RULES[model](name, state)
        if new is not None:
            renamed[new] = tensor.flatten(1) if LINEAR.search(new) and tensor.dim() == 4 else tensor
    if model == "akrapukhin_v3_small":  # its blocks without squeeze-and-excite hold the layers all the same
        for number in (1, 2):
            channels = renamed[f"bottlenecks_1.{number}.depthwise_1.1.bias"].numel()
            start = f"bottlenecks_1.{number}.se_block."
            weight = tensor.new_ones(channels // 4, channels, 1, 1)
            renamed |= {start + "conv_0.1.weight": weight, start + "conv_0.1.bias": weight[:, 0, 0, 0],
                        start + "conv_1.0.weight": weight.transpose(0, 1), start + "conv_1.0.bias": weight[0, :, 0, 0]}
    return renamed
