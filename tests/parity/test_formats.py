"""Weights in other programs' formats: what `convert` writes is what they compute, and what they write is read.

OpenCV and ONNX's checker are asked where they are installed (python3-opencv, python3-onnx).
"""

import dataclasses
import json
import pathlib
import tempfile
import unittest

import program
import torch
from networks import Network, random_state

try:
    import cv2
except ImportError:
    cv2 = None
try:
    import onnx
except ImportError:
    onnx = None

TOLERANCE = 1e-4

CASES = {
    "small": Network("mobilenet_v3_small", input_size=64, num_classes=7),
    "large_same_before": Network(
        "mobilenet_v3_large", width=0.5, input_size=65, num_classes=5, padding="same", se_order="before"
    ),
    "v2_same": Network("mobilenet_v2", width=0.35, input_size=64, num_classes=5, padding="same"),
    "minimalistic": Network("mobilenet_v3_small_minimalistic", input_size=32, num_classes=5, stem_stride=1),
}


class FormatsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def prepare(self, network):
        """A network with random weights, and a .pth file of it."""
        self.module = network.build().eval()
        self.module.load_state_dict(random_state(self.module, network.input_size, seed=1))
        torch.save(self.module.state_dict(), self.folder / "in.pth")
        self.image = torch.randn(1, 3, network.input_size, network.input_size, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            self.expected = self.module(self.image)

    def convert(self, source, out, *options):
        return json.loads(program.run("convert", self.folder / source, self.folder / out, *options))

    def compare(self, logits, tolerance=TOLERANCE):
        error = float((logits - self.expected).abs().max() / self.expected.abs().max())
        print(f"largest difference / largest logit: {error:.1e}")
        self.assertLessEqual(error, tolerance)

    def logits_of(self, network, path):
        """What PyTorch computes with a state dict file."""
        module = network.build().eval()
        module.load_state_dict(torch.load(self.folder / path, weights_only=True))
        with torch.no_grad():
            return module(self.image)

    def check(self, network):
        self.prepare(network)
        for options in (), ("--fold",):
            said = self.convert("in.pth", "out.pth", *network.flags(), *options)
            self.assertEqual(said["model"], network.model)
            self.assertEqual(said["tensors"], len(self.module.state_dict()))
            self.assertEqual(said["parameters"], sum(p.numel() for p in self.module.parameters()))
            self.compare(self.logits_of(network, "out.pth"))
            self.convert("in.pth", "out.onnx", *network.flags(), *options)
            if cv2:
                net = cv2.dnn.readNetFromONNX(str(self.folder / "out.onnx"))
                net.setInput(self.image.numpy())
                self.compare(torch.from_numpy(net.forward()))
            if onnx:
                onnx.checker.check_model(onnx.load(self.folder / "out.onnx"), full_check=True)
            self.convert("out.onnx", "back.pth")
            self.compare(self.logits_of(network, "back.pth"))

    def check_export(self, network):
        """ONNX files of PyTorch, with batch norm and folded, as every opset has the operators."""
        self.prepare(network)
        for opset in (9, 13, 17):
            for mode in (torch.onnx.TrainingMode.EVAL, torch.onnx.TrainingMode.PRESERVE):
                torch.onnx.export(self.module, self.image, self.folder / "torch.onnx", opset_version=opset, training=mode)
                self.convert("torch.onnx", "back.pth")
                self.compare(self.logits_of(network, "back.pth"))

    def test_half_precision(self):
        network = CASES["small"]
        self.prepare(network)
        for out in ("half.pth", "half.safetensors", "half.onnx"):
            self.convert("in.pth", out, *network.flags(), "--fp16")
            if onnx and out == "half.onnx":
                onnx.checker.check_model(onnx.load(self.folder / out), full_check=True)
            self.convert(out, "back.pth")
            self.compare(self.logits_of(network, "back.pth"), tolerance=2e-2)

    def test_a_round_trip_keeps_every_byte(self):
        network = CASES["v2_same"]
        self.prepare(network)
        source = "in.pth"
        for out in ("a.safetensors", "b.ckpt", "c.pth", "d.onnx", "e.pth"):
            self.convert(source, out, *network.flags())
            source = out
        for name, tensor in torch.load(self.folder / "e.pth", weights_only=True).items():
            if not name.endswith("num_batches_tracked"):
                self.assertTrue(torch.equal(tensor, self.module.state_dict()[name]), name)


program.add_cases(FormatsTest, FormatsTest.check, CASES)
# A trace rounds quotients towards zero, which makes another padding of odd sizes.
EXPORTS = {f"export_{name}": dataclasses.replace(case, input_size=64) for name, case in CASES.items()}
program.add_cases(FormatsTest, FormatsTest.check_export, EXPORTS)
