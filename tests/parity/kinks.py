"""Activations within rounding of a kink, where their derivative jumps.

On which side such an activation falls decides a term of the gradient, and rounding decides the side: two correct
programs differ by that term, as PyTorch's own two memory formats do. What a flip of one activation does is known
exactly, though: it is the gradient in fp64 with that activation moved to the other side.
"""

from torch import nn

KINKS = {nn.ReLU: (0,), nn.ReLU6: (0, 6), nn.Hardswish: (-3, 3), nn.Hardsigmoid: (-3, 3)}
ROUNDING = 1e-5  # of fp32, in activations of order 1 behind some fifty layers
A_LAYER = 3  # of the nearest are looked at


def nearest(module, images):
    """The activations within rounding of a kink, nearest first: (layer, element, what moves it to the other side)."""
    found = []

    def look(name, kinks, inputs):
        for kink in kinks:
            distances = inputs[0].detach().flatten() - kink
            for element in distances.abs().topk(min(A_LAYER, distances.numel()), largest=False).indices.tolist():
                found.append((name, element, -2 * distances[element].item()))

    handles = [
        layer.register_forward_pre_hook(lambda _, inputs, name=name, kinks=KINKS[type(layer)]: look(name, kinks, inputs))
        for name, layer in module.named_modules() if type(layer) in KINKS
    ]
    module.double().train()(images.double())
    for handle in handles:
        handle.remove()
    return sorted((flip for flip in found if 0 < abs(flip[2]) < 2 * ROUNDING), key=lambda flip: abs(flip[2]))


def flip(module, flips):
    """From now on the module computes with these activations on the other side."""
    for name, layer in module.named_modules():
        moves = {element: move for layer_name, element, move in flips if layer_name == name}
        if moves:
            layer.register_forward_pre_hook(lambda _, inputs, moves=moves: moved(inputs[0], moves))


def moved(values, moves):
    result = values.clone()  # contiguous, as fp64 runs are
    for element, move in moves.items():
        result.view(-1)[element] += move
    return result
