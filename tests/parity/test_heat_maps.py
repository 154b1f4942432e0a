"""Heat maps of `predict` against Grad-CAM by PyTorch's autograd, for networks with every kind of head."""

import pathlib
import tempfile

import numpy
import program
import safetensors
import torch
from networks import Network, random_state
from PIL import Image
from test_logits import MEAN, STD, normalised, random_images, text

TOLERANCE = 1e-4  # of the largest amount in a map

CASES = {
    "small": Network("mobilenet_v3_small", input_size=96, num_classes=20),
    "large": Network("mobilenet_v3_large", input_size=97, num_classes=20),
    "v2": Network("mobilenet_v2", width=0.5, input_size=96, num_classes=20),
    "minimalistic": Network("mobilenet_v3_small_minimalistic", input_size=96, num_classes=20),
    "v1": Network("mobilenet_v1", width=0.25, input_size=96, num_classes=20),
    "v4": Network("mobilenet_v4_conv_small", width=0.5, input_size=96, num_classes=20),
    "pengbo": Network("pengbo_v3_small", num_classes=11, input_size=96),
    "kuanwang": Network("kuanwang_v3_small", num_classes=10, input_size=96),
    "jungin500": Network("jungin500_v3_small", num_classes=9, input_size=96),
    "showlo": Network("showlo_v3_small", width=0.5, num_classes=10, input_size=96),
    "dli14": Network("dli14_v3_small", num_classes=10, input_size=96),
    "mindcv": Network("mindcv_v3_small", num_classes=10, input_size=96),
    "akrapukhin": Network("akrapukhin_v3_small", width=0.25, num_classes=100, input_size=65),
}


def grad_cam(module, image, label):
    """sum over k of mean(dy/dA[k]) A[k], A being what the features give; a map is what of it is above 0."""
    kept = []
    handle = module.features.register_forward_hook(lambda _, __, output: kept.append(output))
    logits = module(image)
    handle.remove()
    (gradient,) = torch.autograd.grad(logits[0, label], kept[0])
    weights = gradient.mean((2, 3), keepdim=True)
    return (weights * kept[0]).sum(1)[0].detach().numpy()


class HeatMapTest(program.DeviceTest):
    def check(self, network):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            module = network.build().eval()
            safetensors.save(folder / "weights.safetensors", random_state(module, network.input_size, 1))
            (image,) = random_images(1, network.input_size, network.input_size, seed=3)
            Image.fromarray(image).save(folder / "image.png")
            (row,) = program.run_lines(
                "predict", "--weights", folder / "weights.safetensors", *network.flags(), "--mean", text(MEAN), "--std",
                text(STD), "--crop-pct", 1, "--heatmap", folder / "maps", folder / "image.png",
            )
            self.assertEqual([m["class"] for m in row["heatmap"]["maps"]], [p["class"] for p in row["top"]])
            self.assertEqual(row["heatmap"]["seen"], [0, 0, network.input_size, network.input_size])
            batch = normalised([image])
            for found in row["heatmap"]["maps"]:
                expected = grad_cam(module, batch, found["class"])
                actual = numpy.array(found["values"])
                self.assertEqual(actual.shape, expected.shape)
                error = numpy.abs(actual - numpy.maximum(expected, 0)).max() / numpy.abs(expected).max()
                self.assertLessEqual(error, TOLERANCE)
            with Image.open(row["heatmap"]["file"]) as sheet:
                sheet.load()
                self.assertEqual(sheet.mode, "RGB")


program.add_cases(HeatMapTest, HeatMapTest.check, CASES)
